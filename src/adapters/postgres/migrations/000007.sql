-- Recordings: the row of each, legal holds, and the queue of what targets are still owed. Rows are projected from the ledger in the
-- transaction of their entry; of the queue our sessions may change only when the next delivery is due and what the last one failed with.

CREATE TABLE breakwater.recording (
  call_id         text PRIMARY KEY,
  number          text NOT NULL,
  seller_id       text NOT NULL,
  keeper          text NOT NULL,
  archived_at     timestamptz(3) NOT NULL,
  retention_until timestamptz(3) NOT NULL,
  record          jsonb NOT NULL,
  deleted_at      timestamptz(3),
  entry_id        bigint NOT NULL
);
CREATE INDEX recording_due ON breakwater.recording (retention_until) WHERE deleted_at IS NULL;
CREATE INDEX recording_number ON breakwater.recording (number);

CREATE TABLE breakwater.recording_hold (
  hold_id   text PRIMARY KEY,
  scope     text NOT NULL,
  value     text NOT NULL,
  who       text NOT NULL,
  why       text NOT NULL,
  set_at    timestamptz(3) NOT NULL,
  lifted_at timestamptz(3),
  entry_id  bigint NOT NULL
);
CREATE INDEX recording_hold_binding ON breakwater.recording_hold (scope, value) WHERE lifted_at IS NULL;

CREATE TABLE breakwater.recording_push (
  call_id     text NOT NULL,
  track       text NOT NULL,
  target      text NOT NULL,
  enqueued_at timestamptz(3) NOT NULL,
  attempts    integer NOT NULL DEFAULT 0,
  next_at     timestamptz(3) NOT NULL,
  problem     text,
  pushed_at   timestamptz(3),
  PRIMARY KEY (call_id, track, target)
);
CREATE INDEX recording_push_due ON breakwater.recording_push (next_at) WHERE pushed_at IS NULL;

CREATE FUNCTION breakwater.project_recordings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry record;
BEGIN
  FOR entry IN
    SELECT a.id, a.kind, a.at, a.writer, a.number, a.body::jsonb AS body FROM added a
     WHERE a.kind IN ('recording_archived', 'recording_deleted', 'recording_pushed', 'recording_hold_set', 'recording_hold_lifted')
     ORDER BY a.id
  LOOP
    CASE entry.kind
      WHEN 'recording_archived' THEN
        INSERT INTO breakwater.recording (call_id, number, seller_id, keeper, archived_at, retention_until, record, entry_id)
        VALUES (entry.body ->> 'callId', entry.number, entry.body ->> 'sellerId', entry.writer, entry.at,
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
    END CASE;
  END LOOP;
  RETURN NULL;
END
$$;

CREATE TRIGGER ledger_project_recordings AFTER INSERT ON breakwater.ledger
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION breakwater.project_recordings();

GRANT SELECT ON breakwater.recording, breakwater.recording_hold, breakwater.recording_push TO breakwater_ledger;
GRANT UPDATE (attempts, next_at, problem) ON breakwater.recording_push TO breakwater_ledger;
