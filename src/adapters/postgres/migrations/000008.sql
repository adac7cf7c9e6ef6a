-- One mark for everything that a decision reads of the records: each statement that may change one of these tables draws a new one, in
-- the same transaction. Who reads the same mark twice knows that between the two reads no record was changed (standing-records.ts).
-- Random, not counted: a server that went back to an older state does not come by a mark again.

CREATE TABLE breakwater.records_mark (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one),
  mark uuid NOT NULL DEFAULT gen_random_uuid()
) WITH (fillfactor = 10);
INSERT INTO breakwater.records_mark DEFAULT VALUES;

CREATE FUNCTION breakwater.mark_records() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- By its key: the writer's sessions look nothing up by scanning.
  UPDATE breakwater.records_mark SET mark = gen_random_uuid() WHERE one;
  RETURN NULL;
END
$$;

DO $$
DECLARE
  record_table text;
BEGIN
  FOREACH record_table IN ARRAY ARRAY['opt_out', 'consent', 'consent_confirmation', 'consent_revocation', 'relationship',
    'reassigned_check', 'attestation', 'override', 'unclear_request', 'emergency', 'campaign_switch'] LOOP
    EXECUTE format('CREATE TRIGGER mark_records AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON breakwater.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION breakwater.mark_records()', record_table);
    -- ALWAYS: also when a session calls itself a replica.
    EXECUTE format('ALTER TABLE breakwater.%I ENABLE ALWAYS TRIGGER mark_records', record_table);
  END LOOP;
END
$$;

GRANT SELECT ON breakwater.records_mark TO breakwater_ledger;
