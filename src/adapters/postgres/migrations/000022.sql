-- Requests of people to delete what is kept on them: rows that let a number be called, or that nothing needs any more, go; what binds calls
-- stays. The ledger keeps its entries: the entry person_erased says what went, and pruning reads from `erasure` whose consents may go.

-- The register: which numbers were erased, and when; of years of entries nobody would find them by their kind.
CREATE TABLE breakwater.erasure (
  entry_id  bigint PRIMARY KEY,
  number    text NOT NULL,
  erased_at timestamptz(3) NOT NULL
);
CREATE INDEX erasure_number ON breakwater.erasure (number);
GRANT SELECT ON breakwater.erasure TO breakwater_ledger;

-- An erasure holds the lock of those who append: it looks nothing up by scanning.
CREATE INDEX unclear_request_settled ON breakwater.unclear_request (number) WHERE settled;

-- INVARIANT (hold-wins): the holds that bind what is kept on a person, those on recordings included, as `scope value (hold id)`. A hold on
-- a seller's recordings binds everybody, as it binds every month.
CREATE FUNCTION breakwater.person_holds(person text) RETURNS TABLE (hold text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT rtrim(h.scope || ' ' || h.value) || ' (' || h.hold_id || ')'
    FROM (SELECT hold_id, scope, value FROM breakwater.ledger_hold WHERE lifted_at IS NULL
          UNION ALL
          SELECT hold_id, scope, value FROM breakwater.recording_hold WHERE lifted_at IS NULL) h
   WHERE CASE h.scope
           WHEN 'number' THEN h.value = person
           WHEN 'campaign' THEN EXISTS (SELECT FROM breakwater.ledger l WHERE l.number = person AND l.campaign_id = h.value)
           WHEN 'call' THEN EXISTS (SELECT FROM breakwater.ledger l WHERE l.number = person AND l.call_id = h.value)
           ELSE true
         END
   ORDER BY h.hold_id
$$;

-- INVARIANT (erasure-permits-nothing): what may go is what can only let a number be called (consents, relationships, a "no" of the
-- reassigned-numbers database) or what no decision reads. Requests not to be called, revocations, texts that nobody has settled and the
-- answers that forbid a call stay. Counts by table; `erase` deletes what was counted.
CREATE FUNCTION breakwater.erasable_rows(person text, erase boolean) RETURNS TABLE (name text, count bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  each record;
BEGIN
  FOR each IN
    SELECT * FROM (VALUES
      ('consent_confirmation', 'number = $1'),
      ('consent', 'number = $1'),
      ('relationship', 'number = $1'),
      ('reassigned_check', 'number = $1 AND record ->> ''answer'' = ''no'''),
      ('unclear_request', 'number = $1 AND settled'),
      ('recording_push', 'call_id IN (SELECT r.call_id FROM breakwater.recording r WHERE r.number = $1 AND r.deleted_at IS NOT NULL)'),
      ('recording', 'number = $1 AND deleted_at IS NOT NULL')
    ) AS erasable (of, which)
  LOOP
    IF erase THEN
      EXECUTE format('DELETE FROM breakwater.%I WHERE %s', each.of, each.which) USING person;
      GET DIAGNOSTICS count = ROW_COUNT;
    ELSE
      EXECUTE format('SELECT count(*) FROM breakwater.%I WHERE %s', each.of, each.which) INTO count USING person;
    END IF;
    IF count > 0 THEN
      name := each.of;
      RETURN NEXT;
    END IF;
  END LOOP;
END
$$;

-- Every seller that a campaign ever had, and every one that something is kept of for this number: a request to delete is a request not to
-- be called, to all of them.
CREATE FUNCTION breakwater.sellers_of_person(person text) RETURNS TABLE (seller_id text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.seller_id FROM breakwater.seller_number s
  UNION SELECT c.seller_id FROM breakwater.consent c WHERE c.number = person
  UNION SELECT v.seller_id FROM breakwater.consent_revocation v WHERE v.number = person
  UNION SELECT r.seller_id FROM breakwater.relationship r WHERE r.number = person
  UNION SELECT n.seller_id FROM breakwater.reassigned_check n WHERE n.number = person
  UNION SELECT u.seller_id FROM breakwater.unclear_request u WHERE u.number = person
  UNION SELECT o.seller_id FROM breakwater.opt_out o WHERE o.number = person
  ORDER BY 1
$$;
REVOKE ALL ON FUNCTION breakwater.person_holds(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION breakwater.erasable_rows(text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION breakwater.sellers_of_person(text) FROM PUBLIC;
