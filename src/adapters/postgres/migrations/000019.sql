-- The ledger in one table for each month. The parts are ranges of ids, not of stamps: ids are given in the order in which entries become
-- visible, so a part holds a stretch of every writer's chain without a hole, whatever a clock did. Each month has its range of ids from
-- the start (`ledger_month_base`), and the sequence moves into it when the month begins. An entry finds its table by its id, and until
-- somebody turns the month ids go on where they were: no insert fails because a table is missing, or because nobody was there at midnight.

-- As in 000017.sql.
SET LOCAL lock_timeout = '1s';
SELECT pg_advisory_xact_lock(4217002);
LOCK TABLE breakwater.ledger IN ACCESS EXCLUSIVE MODE;

CREATE TABLE breakwater.ledger_part (
  name     text PRIMARY KEY,
  -- First day of the month in UTC; null for the part with everything from before there were months.
  month    date UNIQUE,
  from_id  bigint NOT NULL,
  until_id bigint NOT NULL
);

-- The month of an instant. A clock that is years slow must not meet the ids of the first part.
CREATE FUNCTION breakwater.ledger_month(instant timestamptz) RETURNS date LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT greatest(date_trunc('month', instant AT TIME ZONE 'UTC')::date, DATE '2026-01-01') $$;

-- 10^11 ids a month: 38,000 entries a second, day and night. Below 2^53 until the year 9500, so they stay exact in JSON.
CREATE FUNCTION breakwater.ledger_month_base(first_day date) RETURNS bigint LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT ((extract(year FROM first_day)::bigint - 2020) * 12 + extract(month FROM first_day)::bigint - 1) * 100000000000 $$;

-- The table so far becomes the first part, with its rows where they are.
DROP TRIGGER ledger_keys ON breakwater.ledger;
DROP TRIGGER ledger_project ON breakwater.ledger;
DROP TRIGGER ledger_project_duties ON breakwater.ledger;
DROP TRIGGER ledger_project_doors ON breakwater.ledger;
DROP TRIGGER ledger_project_recordings ON breakwater.ledger;
DROP TRIGGER ledger_no_update_or_delete ON breakwater.ledger;
DROP TRIGGER ledger_no_truncate ON breakwater.ledger;
ALTER TABLE breakwater.ledger ALTER COLUMN id DROP IDENTITY;
ALTER TABLE breakwater.ledger RENAME TO ledger_first;
ALTER TABLE breakwater.ledger_first RENAME CONSTRAINT ledger_pkey TO ledger_first_pkey;
ALTER TABLE breakwater.ledger_first RENAME CONSTRAINT ledger_writer_seq TO ledger_first_writer_seq;
-- By it sidecars of the version before find old keys while an upgrade is under way; the name is what writers know a standing key by.
ALTER TABLE breakwater.ledger_first RENAME CONSTRAINT ledger_dedupe TO ledger_first_dedupe;
ALTER TABLE breakwater.ledger_key RENAME CONSTRAINT ledger_key_pkey TO ledger_dedupe;
ALTER INDEX breakwater.ledger_call RENAME TO ledger_first_call;
ALTER INDEX breakwater.ledger_number RENAME TO ledger_first_number;
ALTER INDEX breakwater.ledger_campaign RENAME TO ledger_first_campaign;
ALTER INDEX breakwater.ledger_at RENAME TO ledger_first_at;
ALTER INDEX breakwater.ledger_sources RENAME TO ledger_first_sources;

-- Not an identity: PostgreSQL knows none of partitioned tables before its version 17. That our sessions choose no id themselves is a
-- matter of their rights (below).
CREATE SEQUENCE breakwater.ledger_ids AS bigint;

-- As in 000001.sql. The names of the checks are those that the first part has: a part must have each by its name.
CREATE TABLE breakwater.ledger (
  id          bigint NOT NULL DEFAULT nextval('breakwater.ledger_ids'),
  writer      text NOT NULL,
  seq         bigint NOT NULL CONSTRAINT ledger_seq_check CHECK (seq > 0),
  at          timestamptz(3) NOT NULL,
  kind        text NOT NULL,
  body        text NOT NULL,
  prev_hash   text NOT NULL CONSTRAINT ledger_prev_hash_check CHECK (length(prev_hash) = 64),
  hash        text NOT NULL CONSTRAINT ledger_hash_check CHECK (length(hash) = 64),
  dedupe_key  text,
  call_id     text,
  number      text,
  campaign_id text,
  verdict     text,
  CONSTRAINT ledger_pkey PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX ledger_call ON breakwater.ledger (call_id, id) WHERE call_id IS NOT NULL;
CREATE INDEX ledger_number ON breakwater.ledger (number, id) WHERE number IS NOT NULL;
CREATE INDEX ledger_campaign ON breakwater.ledger (campaign_id, id) WHERE campaign_id IS NOT NULL;
CREATE INDEX ledger_at ON breakwater.ledger USING brin (at);
CREATE INDEX ledger_sources ON breakwater.ledger (id)
  WHERE kind IN ('policy_loaded', 'policy_document', 'campaign_loaded', 'list_loaded', 'lists_document');

-- Row triggers of the whole become those of every part that is attached; TRUNCATE has to be refused table by table.
CREATE TRIGGER ledger_no_update_or_delete BEFORE UPDATE OR DELETE ON breakwater.ledger
  FOR EACH ROW EXECUTE FUNCTION breakwater.refuse_change();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON breakwater.ledger
  FOR EACH STATEMENT EXECUTE FUNCTION breakwater.refuse_change();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON breakwater.ledger_first
  FOR EACH STATEMENT EXECUTE FUNCTION breakwater.refuse_change();
ALTER TABLE breakwater.ledger ENABLE ALWAYS TRIGGER ledger_no_update_or_delete;
ALTER TABLE breakwater.ledger ENABLE ALWAYS TRIGGER ledger_no_truncate;
ALTER TABLE breakwater.ledger_first ENABLE ALWAYS TRIGGER ledger_no_truncate;

CREATE TRIGGER ledger_keys AFTER INSERT ON breakwater.ledger
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION breakwater.keep_keys();
CREATE TRIGGER ledger_project AFTER INSERT ON breakwater.ledger
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION breakwater.project_records();
CREATE TRIGGER ledger_project_duties AFTER INSERT ON breakwater.ledger
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION breakwater.project_duties();
CREATE TRIGGER ledger_project_doors AFTER INSERT ON breakwater.ledger
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION breakwater.project_doors();
CREATE TRIGGER ledger_project_recordings AFTER INSERT ON breakwater.ledger
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION breakwater.project_recordings();

-- No row is read for it: `ledger_first_ids` of 000017.sql says already what a part has to prove.
ALTER TABLE breakwater.ledger ATTACH PARTITION breakwater.ledger_first FOR VALUES FROM (MINVALUE) TO (7200000000000);
INSERT INTO breakwater.ledger_part (name, month, from_id, until_id) VALUES ('ledger_first', NULL, 1, 7200000000000);

-- Makes the tables of the month of `instant` and of the two after it where they are missing; months that passed without anybody here get
-- none. Answers whether it has made one. Writers do not wait for it: attaching a part does not lock out who appends.
CREATE FUNCTION breakwater.make_ledger_parts(instant timestamptz) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  this_month date := breakwater.ledger_month(instant);
  newest date;
  due date;
  part text;
  first_id bigint;
  end_id bigint;
  made boolean := false;
BEGIN
  -- One at a time: 4217003 is the lock of these functions, 4217002 that of everybody who appends (writer-session.ts).
  PERFORM pg_advisory_xact_lock(4217003);
  SELECT max(p.month) INTO newest FROM breakwater.ledger_part p;
  FOR due IN
    SELECT m::date FROM generate_series(greatest(newest + interval '1 month', this_month::timestamp),
                                        this_month + interval '2 months', interval '1 month') m
  LOOP
    part := 'ledger_' || to_char(due, 'YYYY_MM');
    first_id := breakwater.ledger_month_base(due);
    end_id := breakwater.ledger_month_base((due + interval '1 month')::date);
    EXECUTE format('CREATE TABLE breakwater.%I (LIKE breakwater.ledger INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    EXECUTE format('ALTER TABLE breakwater.%I ADD CONSTRAINT %I PRIMARY KEY (id), ADD CONSTRAINT %I UNIQUE (writer, seq)',
                   part, part || '_pkey', part || '_writer_seq');
    -- As 000009.sql has done with the first part.
    IF (SELECT attcompression FROM pg_attribute WHERE attrelid = 'breakwater.ledger_first'::regclass AND attname = 'body') = 'l' THEN
      EXECUTE format('ALTER TABLE breakwater.%I ALTER COLUMN body SET COMPRESSION lz4', part);
    ELSE
      EXECUTE format('ALTER TABLE breakwater.%I SET (toast_tuple_target = 8160)', part);
    END IF;
    EXECUTE format('CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON breakwater.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION breakwater.refuse_change()', part);
    EXECUTE format('ALTER TABLE breakwater.%I ENABLE ALWAYS TRIGGER ledger_no_truncate', part);
    EXECUTE format('ALTER TABLE breakwater.ledger ATTACH PARTITION breakwater.%I FOR VALUES FROM (%s) TO (%s)', part, first_id, end_id);
    INSERT INTO breakwater.ledger_part (name, month, from_id, until_id) VALUES (part, due, first_id, end_id);
    made := true;
  END LOOP;
  RETURN made;
END
$$;

-- Moves the ids into the range of the month of `instant`, if its table stands. Never back: an instant before the newest month in use
-- changes nothing. A sequence does not roll back, so the table must have been committed before: never in the transaction that makes it.
CREATE FUNCTION breakwater.move_ledger_ids(instant timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  ids regclass := 'breakwater.ledger_ids';
  first_id bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(4217003);
  SELECT p.from_id INTO first_id FROM breakwater.ledger_part p WHERE p.month = breakwater.ledger_month(instant);
  IF first_id IS NOT NULL AND coalesce(pg_sequence_last_value(ids), 0) < first_id THEN
    PERFORM pg_advisory_xact_lock(4217002);
    PERFORM setval(ids, first_id);
  END IF;
END
$$;

-- What sessions of the ledger's role may do: turn to the month that the server's clock says, no other. True: tables were made, and it is
-- to be called again in another transaction.
CREATE FUNCTION breakwater.turn_ledger_month() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF breakwater.make_ledger_parts(now()) THEN
    RETURN true;
  END IF;
  PERFORM breakwater.move_ledger_ids(now());
  RETURN false;
END
$$;
REVOKE ALL ON FUNCTION breakwater.make_ledger_parts(timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION breakwater.move_ledger_ids(timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION breakwater.turn_ledger_month() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION breakwater.turn_ledger_month() TO breakwater_ledger;

-- The sequence is as new as the table: here, and only here, both come in one transaction.
SELECT breakwater.make_ledger_parts(now());
SELECT breakwater.move_ledger_ids(now());

GRANT SELECT ON breakwater.ledger, breakwater.ledger_part TO breakwater_ledger;
-- All columns but the id, which is the sequence's.
GRANT INSERT (writer, seq, at, kind, body, prev_hash, hash, dedupe_key, call_id, number, campaign_id, verdict)
  ON breakwater.ledger TO breakwater_ledger;
GRANT USAGE ON SEQUENCE breakwater.ledger_ids TO breakwater_ledger;
-- Through the whole alone: an entry in a part by itself would be projected by nobody.
REVOKE ALL ON breakwater.ledger_first FROM breakwater_ledger;

-- As in 000015.sql, but for the result that a permit may have already: its key is asked for, once, and not each month's table.
CREATE OR REPLACE FUNCTION breakwater.project_records() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  kinds text[];
  last_id bigint;
BEGIN
  SELECT array_agg(DISTINCT a.kind), max(a.id) INTO kinds, last_id FROM added a;
  IF last_id IS NULL THEN
    RETURN NULL;
  END IF;

  IF 'decision' = ANY (kinds) THEN
    INSERT INTO breakwater.pending_permit (call_id, campaign_id, number, writer, decided_at, entry_id)
    SELECT a.call_id, a.campaign_id, a.number, a.writer, a.at, a.id
      FROM added a
     WHERE a.kind = 'decision' AND a.verdict = 'permit'
       AND NOT EXISTS (SELECT FROM breakwater.ledger_key k WHERE k.kind = 'call_result' AND k.dedupe_key = a.call_id)
     ORDER BY a.id
    ON CONFLICT (call_id) DO NOTHING;
  END IF;

  IF 'call_result' = ANY (kinds) THEN
    DELETE FROM breakwater.pending_permit p USING added a WHERE a.kind = 'call_result' AND p.call_id = a.call_id;
  END IF;

  IF 'opt_out' = ANY (kinds) THEN
    INSERT INTO breakwater.opt_out AS stood (number, seller_id, requested_at, channel, entry_id)
    SELECT DISTINCT ON (a.number, b.seller_id) a.number, b.seller_id, b.requested_at, b.channel, a.id
      FROM added a, LATERAL (
        SELECT a.body::jsonb ->> 'sellerId' AS seller_id,
               (a.body::jsonb ->> 'requestedAt')::timestamptz(3) AS requested_at,
               a.body::jsonb ->> 'channel' AS channel) b
     WHERE a.kind = 'opt_out'
     ORDER BY a.number, b.seller_id, b.requested_at DESC, a.id DESC
    ON CONFLICT (number, seller_id) DO UPDATE
      SET requested_at = excluded.requested_at, channel = excluded.channel, entry_id = excluded.entry_id
      WHERE excluded.requested_at >= stood.requested_at;
  END IF;

  IF kinds && ARRAY['opt_out', 'consent_revoked'] THEN
    INSERT INTO breakwater.consent_revocation AS stood (number, seller_id, revoked_at, entry_id)
    SELECT DISTINCT ON (a.number, b.seller_id) a.number, b.seller_id, b.revoked_at, a.id
      FROM added a, LATERAL (
        SELECT a.body::jsonb ->> 'sellerId' AS seller_id,
               coalesce(a.body::jsonb ->> 'revokedAt', a.body::jsonb ->> 'requestedAt')::timestamptz(3) AS revoked_at) b
     WHERE a.kind IN ('opt_out', 'consent_revoked')
     ORDER BY a.number, b.seller_id, b.revoked_at DESC, a.id DESC
    ON CONFLICT (number, seller_id) DO UPDATE
      SET revoked_at = excluded.revoked_at, entry_id = excluded.entry_id
      WHERE excluded.revoked_at >= stood.revoked_at;
  END IF;

  IF 'consent_recorded' = ANY (kinds) THEN
    INSERT INTO breakwater.consent AS stood (number, seller_id, given_at, record, entry_id)
    SELECT DISTINCT ON (a.number, b.seller_id) a.number, b.seller_id, b.given_at, b.record, a.id
      FROM added a, LATERAL (
        SELECT a.body::jsonb AS record, a.body::jsonb ->> 'sellerId' AS seller_id,
               (a.body::jsonb ->> 'givenAt')::timestamptz(3) AS given_at) b
     WHERE a.kind = 'consent_recorded'
     ORDER BY a.number, b.seller_id, b.given_at DESC, a.id DESC
    ON CONFLICT (number, seller_id) DO UPDATE
      SET given_at = excluded.given_at, record = excluded.record, entry_id = excluded.entry_id
      WHERE excluded.given_at >= stood.given_at;
  END IF;

  IF 'attestation_recorded' = ANY (kinds) THEN
    INSERT INTO breakwater.attestation AS stood (caller_id, trunk, way, confirmed_at, record, entry_id)
    SELECT DISTINCT ON (b.caller_id, b.trunk, b.way) b.caller_id, b.trunk, b.way, b.confirmed_at, b.record, a.id
      FROM added a, LATERAL (
        SELECT a.body::jsonb AS record, a.body::jsonb ->> 'callerId' AS caller_id,
               coalesce(a.body::jsonb ->> 'trunk', '') AS trunk, a.body::jsonb ->> 'way' AS way,
               (a.body::jsonb ->> 'confirmedAt')::timestamptz(3) AS confirmed_at) b
     WHERE a.kind = 'attestation_recorded'
     ORDER BY b.caller_id, b.trunk, b.way, b.confirmed_at DESC, a.id DESC
    ON CONFLICT (caller_id, trunk, way) DO UPDATE
      SET confirmed_at = excluded.confirmed_at, record = excluded.record, entry_id = excluded.entry_id
      WHERE excluded.confirmed_at >= stood.confirmed_at;
  END IF;

  -- A switch has no instant of its own: the later entry wins.
  IF kinds && ARRAY['campaign_paused', 'campaign_resumed'] THEN
    INSERT INTO breakwater.campaign_switch AS stood (campaign_id, paused, entry_id)
    SELECT DISTINCT ON (a.campaign_id) a.campaign_id, a.kind = 'campaign_paused', a.id
      FROM added a
     WHERE a.kind IN ('campaign_paused', 'campaign_resumed')
     ORDER BY a.campaign_id, a.id DESC
    ON CONFLICT (campaign_id) DO UPDATE SET paused = excluded.paused, entry_id = excluded.entry_id;
  END IF;

  -- Delivered at commit: wakes every feed (ledger-feed.ts).
  PERFORM pg_notify('breakwater_ledger', last_id::text);
  RETURN NULL;
END
$$;
