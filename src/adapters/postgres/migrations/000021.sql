-- Retention of the ledger: legal holds, and months of which entries past their class are taken out after they were archived. Whoever appends
-- can neither prune nor lift what binds: both take the owner of the schema, or an entry that says who and why.

-- Legal holds on the ledger, from the entries ledger_hold_set and ledger_hold_lifted.
CREATE TABLE breakwater.ledger_hold (
  hold_id   text PRIMARY KEY,
  scope     text NOT NULL CHECK (scope IN ('campaign', 'number', 'all')),
  value     text NOT NULL,
  who       text NOT NULL,
  why       text NOT NULL,
  set_at    timestamptz(3) NOT NULL,
  lifted_at timestamptz(3),
  entry_id  bigint NOT NULL
);

-- Which entries say that a month was pruned: of years of entries nobody would find them by their kind.
CREATE TABLE breakwater.ledger_pruning (entry_id bigint PRIMARY KEY);

-- Where the chain of each writer had come when a month was pruned: a writer whose last entries are gone goes on from here.
CREATE TABLE breakwater.ledger_anchor (
  writer text PRIMARY KEY,
  seq    bigint NOT NULL,
  hash   text NOT NULL
);
GRANT SELECT ON breakwater.ledger_hold, breakwater.ledger_pruning, breakwater.ledger_anchor TO breakwater_ledger;

-- As in 000011.sql, and the holds and prunings of the ledger: a trigger of their own would cost every append.
CREATE OR REPLACE FUNCTION breakwater.project_recordings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry record;
BEGIN
  FOR entry IN
    SELECT a.id, a.kind, a.at, a.writer, a.number, a.body::jsonb AS body FROM added a
     WHERE a.kind IN ('recording_refused', 'recording_archived', 'recording_deleted', 'recording_pushed', 'recording_hold_set', 'recording_hold_lifted',
                      'ledger_hold_set', 'ledger_hold_lifted', 'ledger_pruned')
     ORDER BY a.id
  LOOP
    CASE entry.kind
      WHEN 'recording_refused' THEN
        IF entry.body ->> 'policy' = 'stop_and_delete' THEN
          INSERT INTO breakwater.recording_unwanted (call_id) VALUES (entry.body ->> 'callId') ON CONFLICT DO NOTHING;
        END IF;
      WHEN 'recording_archived' THEN
        INSERT INTO breakwater.recording (call_id, number, seller_id, keeper, store, archived_at, retention_until, record, entry_id)
        VALUES (entry.body ->> 'callId', entry.number, entry.body ->> 'sellerId', entry.writer,
                entry.body -> 'files' -> 0 ->> 'store', entry.at,
                (entry.body ->> 'retentionUntil')::timestamptz(3), entry.body, entry.id)
        ON CONFLICT (call_id) DO NOTHING;
        INSERT INTO breakwater.recording_push (call_id, track, target, enqueued_at, next_at)
        SELECT entry.body ->> 'callId', file ->> 'track', target, entry.at, entry.at
          FROM jsonb_array_elements(entry.body -> 'files') AS file,
               jsonb_array_elements_text(entry.body -> 'pushTo') AS target
        ON CONFLICT (call_id, track, target) DO NOTHING;
      WHEN 'recording_deleted' THEN
        UPDATE breakwater.recording SET deleted_at = (entry.body ->> 'deletedAt')::timestamptz(3)
         WHERE call_id = entry.body ->> 'callId' AND deleted_at IS NULL;
        DELETE FROM breakwater.recording_unwanted WHERE call_id = entry.body ->> 'callId';
      WHEN 'recording_pushed' THEN
        UPDATE breakwater.recording_push SET pushed_at = entry.at, problem = NULL
         WHERE call_id = entry.body ->> 'callId' AND track = entry.body ->> 'track' AND target = entry.body ->> 'target';
      WHEN 'recording_hold_set' THEN
        INSERT INTO breakwater.recording_hold (hold_id, scope, value, who, why, set_at, entry_id)
        VALUES (entry.body ->> 'holdId', entry.body ->> 'scope', entry.body ->> 'value', entry.body ->> 'who',
                entry.body ->> 'why', (entry.body ->> 'setAt')::timestamptz(3), entry.id)
        ON CONFLICT (hold_id) DO NOTHING;
      WHEN 'recording_hold_lifted' THEN
        UPDATE breakwater.recording_hold SET lifted_at = (entry.body ->> 'liftedAt')::timestamptz(3)
         WHERE hold_id = entry.body ->> 'holdId' AND lifted_at IS NULL;
      WHEN 'ledger_hold_set' THEN
        INSERT INTO breakwater.ledger_hold (hold_id, scope, value, who, why, set_at, entry_id)
        VALUES (entry.body ->> 'holdId', entry.body ->> 'scope', entry.body ->> 'value', entry.body ->> 'who',
                entry.body ->> 'why', (entry.body ->> 'setAt')::timestamptz(3), entry.id)
        ON CONFLICT (hold_id) DO NOTHING;
      WHEN 'ledger_hold_lifted' THEN
        UPDATE breakwater.ledger_hold SET lifted_at = (entry.body ->> 'liftedAt')::timestamptz(3)
         WHERE hold_id = entry.body ->> 'holdId' AND lifted_at IS NULL;
      WHEN 'ledger_pruned' THEN
        INSERT INTO breakwater.ledger_pruning (entry_id) VALUES (entry.id) ON CONFLICT DO NOTHING;
    END CASE;
  END LOOP;
  RETURN NULL;
END
$$;

-- The newest entry that has set a hold, on the ledger or on recordings: who has looked for holds compares it under the lock of those who
-- append, so that no hold comes between the look and the pruning.
CREATE FUNCTION breakwater.newest_hold() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT greatest((SELECT coalesce(max(entry_id), 0) FROM breakwater.ledger_hold),
                  (SELECT coalesce(max(entry_id), 0) FROM breakwater.recording_hold))
$$;

-- INVARIANT (hold-wins): the holds that bind a part, those on recordings included, as `scope value (hold id)`. One entry that a hold
-- speaks of binds the whole month: its neighbours are what it is read with. An entry is spoken of when its columns say so, when it is of a
-- call that is, or when its text has the value anywhere; a hold on a seller's recordings binds every month.
CREATE FUNCTION breakwater.ledger_holds_on(part text) RETURNS TABLE (hold text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  each record;
  bound boolean;
  columns text;
BEGIN
  FOR each IN
    SELECT h.hold_id, h.scope, h.value FROM breakwater.ledger_hold h WHERE h.lifted_at IS NULL
    UNION ALL
    SELECT h.hold_id, h.scope, h.value FROM breakwater.recording_hold h WHERE h.lifted_at IS NULL
    ORDER BY 1
  LOOP
    columns := CASE each.scope WHEN 'number' THEN 'number' WHEN 'campaign' THEN 'campaign_id' WHEN 'call' THEN 'call_id' END;
    IF columns IS NULL THEN
      EXECUTE format('SELECT EXISTS (SELECT FROM breakwater.%I)', part) INTO bound;
    ELSE
      EXECUTE format(
        'SELECT EXISTS (SELECT FROM breakwater.%1$I p
                         WHERE p.%2$I = $1 OR strpos(p.body, $2) > 0
                            OR p.call_id IN (SELECT l.call_id FROM breakwater.ledger l WHERE l.%2$I = $1 AND l.call_id IS NOT NULL))',
        part, columns)
      INTO bound
      -- A number stands in texts in many spellings: its digits without the plus and the country code are in most of them.
      USING each.value, CASE each.scope WHEN 'number' THEN regexp_replace(each.value, '^\+1?', '') ELSE to_json(each.value)::text END;
    END IF;
    IF bound THEN
      hold := rtrim(each.scope || ' ' || each.value) || ' (' || each.hold_id || ')';
      RETURN NEXT;
    END IF;
  END LOOP;
END
$$;

-- Makes, beside a part, the table that is to stand in its place: the entries with these ids alone. Answers how many it has. The keys of
-- the others go: an append under such a key would find no entry. All this is done before anybody who appends is kept waiting.
CREATE FUNCTION breakwater.make_pruned_part(part text, kept bigint[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  left_over text := part || '_left';
  count bigint;
BEGIN
  EXECUTE format('CREATE TABLE breakwater.%I (LIKE breakwater.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES
                  INCLUDING STORAGE INCLUDING COMPRESSION)', left_over, part);
  EXECUTE format('INSERT INTO breakwater.%I SELECT * FROM breakwater.%I WHERE id = ANY ($1) ORDER BY id', left_over, part) USING kept;
  GET DIAGNOSTICS count = ROW_COUNT;
  EXECUTE format('DELETE FROM breakwater.ledger_key k USING breakwater.%1$I p
                   WHERE p.dedupe_key IS NOT NULL AND k.kind = p.kind AND k.dedupe_key = p.dedupe_key AND k.id = p.id
                     AND NOT EXISTS (SELECT FROM breakwater.%2$I l WHERE l.id = p.id)', part, left_over);
  EXECUTE format('CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON breakwater.%I
                  FOR EACH STATEMENT EXECUTE FUNCTION breakwater.refuse_change()', left_over);
  EXECUTE format('ALTER TABLE breakwater.%I ENABLE ALWAYS TRIGGER ledger_no_truncate', left_over);
  RETURN count;
END
$$;

-- Puts it in the part's place; what is not in it is gone. `heads`: where each chain had come at the end of the month.
CREATE FUNCTION breakwater.swap_pruned_part(part text, heads jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  left_over text := part || '_left';
  from_id bigint;
  end_id bigint;
  lower_bound text;
BEGIN
  SELECT p.from_id, p.until_id INTO STRICT from_id, end_id FROM breakwater.ledger_part p WHERE p.name = part;
  lower_bound := CASE part WHEN 'ledger_first' THEN 'MINVALUE' ELSE from_id::text END;
  INSERT INTO breakwater.ledger_anchor AS stood (writer, seq, hash)
  SELECT h.key, (h.value ->> 'seq')::bigint, h.value ->> 'hash' FROM jsonb_each(heads) h
  ON CONFLICT (writer) DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE excluded.seq > stood.seq;
  EXECUTE format('ALTER TABLE breakwater.ledger DETACH PARTITION breakwater.%I', part);
  EXECUTE format('DROP TABLE breakwater.%I', part);
  EXECUTE format('ALTER TABLE breakwater.%I RENAME TO %I', left_over, part);
  EXECUTE format('ALTER TABLE breakwater.ledger ATTACH PARTITION breakwater.%I FOR VALUES FROM (%s) TO (%s)', part, lower_bound, end_id);
END
$$;
REVOKE ALL ON FUNCTION breakwater.newest_hold() FROM PUBLIC;
REVOKE ALL ON FUNCTION breakwater.ledger_holds_on(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION breakwater.make_pruned_part(text, bigint[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION breakwater.swap_pruned_part(text, jsonb) FROM PUBLIC;
