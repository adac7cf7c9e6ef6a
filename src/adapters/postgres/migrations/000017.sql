-- Towards one table for each month, in three steps, so that an upgrade keeps no writer waiting for longer than an instant: what must be
-- unique over all months gets a table of its own here, 000018.sql fills it while others append, 000019.sql makes the table so far the
-- first part. A unique index of a partitioned table covers one key, and that is the id.

-- Who has to wait for a long reader (a dump) gives up, and the program with it does not start: else every append would wait with us, for
-- longer than its own bound.
SET LOCAL lock_timeout = '1s';
-- In the order in which writers take them (writer-session.ts), and the strongest first: else they might wait for us, and we for them.
SELECT pg_advisory_xact_lock(4217002);
LOCK TABLE breakwater.ledger IN ACCESS EXCLUSIVE MODE;

CREATE TABLE breakwater.ledger_key (
  kind       text NOT NULL,
  dedupe_key text NOT NULL,
  id         bigint NOT NULL,
  CONSTRAINT ledger_key_pkey PRIMARY KEY (kind, dedupe_key)
);
GRANT SELECT ON breakwater.ledger_key TO breakwater_ledger;

CREATE FUNCTION breakwater.keep_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO breakwater.ledger_key (kind, dedupe_key, id)
  SELECT a.kind, a.dedupe_key, a.id FROM added a WHERE a.dedupe_key IS NOT NULL;
  RETURN NULL;
END
$$;
-- Triggers fire in the order of their names: a key that stands already is refused before anything is projected.
CREATE TRIGGER ledger_keys AFTER INSERT ON breakwater.ledger
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION breakwater.keep_keys();

-- Ids so far were counted from 1; those of the months begin here (000019.sql). Checked in 000018.sql, without a lock that matters.
ALTER TABLE breakwater.ledger ADD CONSTRAINT ledger_first_ids CHECK (id < 7200000000000) NOT VALID;
