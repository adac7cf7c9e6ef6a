-- The ledger: insert-only for everybody, one hash chain per writer, ids in the order in which entries became visible.

CREATE TABLE breakwater.ledger (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  writer      text NOT NULL,
  seq         bigint NOT NULL CHECK (seq > 0),
  at          timestamptz(3) NOT NULL,
  kind        text NOT NULL,
  -- Canonical JSON, exactly the bytes that were hashed. Text, not jsonb: jsonb would reorder, reformat and refuse \u0000.
  body        text NOT NULL,
  prev_hash   text NOT NULL CHECK (length(prev_hash) = 64),
  hash        text NOT NULL CHECK (length(hash) = 64),
  dedupe_key  text,
  -- Taken from the body by the writer, for look-ups only; the body is what counts.
  call_id     text,
  number      text,
  campaign_id text,
  verdict     text,
  CONSTRAINT ledger_writer_seq UNIQUE (writer, seq),
  CONSTRAINT ledger_hash UNIQUE (hash),
  CONSTRAINT ledger_dedupe UNIQUE (kind, dedupe_key)
);

CREATE INDEX ledger_call ON breakwater.ledger (call_id, id) WHERE call_id IS NOT NULL;
CREATE INDEX ledger_number ON breakwater.ledger (number, id) WHERE number IS NOT NULL;
CREATE INDEX ledger_campaign ON breakwater.ledger (campaign_id, id) WHERE campaign_id IS NOT NULL;
CREATE INDEX ledger_at ON breakwater.ledger USING brin (at);

CREATE FUNCTION breakwater.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER ledger_no_update_or_delete BEFORE UPDATE OR DELETE ON breakwater.ledger
  FOR EACH ROW EXECUTE FUNCTION breakwater.refuse_change();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON breakwater.ledger
  FOR EACH STATEMENT EXECUTE FUNCTION breakwater.refuse_change();
-- ALWAYS: also when a session calls itself a replica.
ALTER TABLE breakwater.ledger ENABLE ALWAYS TRIGGER ledger_no_update_or_delete;
ALTER TABLE breakwater.ledger ENABLE ALWAYS TRIGGER ledger_no_truncate;
