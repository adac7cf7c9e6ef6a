-- The one store of counters that permits may stand on: INVARIANT (counters-fenced). Whoever is about to rebuild counters that have forgotten
-- names their store here first, and only then reads which permits there are. A permit that was reserved in another store looks here after
-- it is on record: either the rebuild has read it, or it finds another store named and is void. Read with the records, and like them under
-- their mark: what the look after a permit costs stays the same.

CREATE TABLE breakwater.counters_store (
  one    boolean PRIMARY KEY DEFAULT true CHECK (one),
  store  text NOT NULL
);
CREATE TRIGGER mark_records AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON breakwater.counters_store
  FOR EACH STATEMENT EXECUTE FUNCTION breakwater.mark_records();
ALTER TABLE breakwater.counters_store ENABLE ALWAYS TRIGGER mark_records;

CREATE FUNCTION breakwater.claim_counters(named text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET synchronous_commit = on AS $$
BEGIN
  -- Named already: nothing changes, and nobody has to read the records again.
  IF EXISTS (SELECT FROM breakwater.counters_store s WHERE s.one AND s.store = named) THEN
    RETURN;
  END IF;
  INSERT INTO breakwater.counters_store AS stood (store) VALUES (named)
  ON CONFLICT (one) DO UPDATE SET store = excluded.store WHERE stood.store <> excluded.store;
END
$$;

REVOKE ALL ON FUNCTION breakwater.claim_counters(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION breakwater.claim_counters(text) TO breakwater_ledger;
GRANT SELECT ON breakwater.counters_store TO breakwater_ledger;
