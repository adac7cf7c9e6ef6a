-- Recordings lie in a folder that has an id: who has the folder deletes and delivers them. And a refusal counts whenever it comes: calls
-- whose recording is to go by the person's wish stand in a table of their own until it has gone.

ALTER TABLE breakwater.recording ADD COLUMN store text;

CREATE TABLE breakwater.recording_unwanted (call_id text PRIMARY KEY);

INSERT INTO breakwater.recording_unwanted (call_id)
SELECT l.call_id FROM breakwater.ledger l
 WHERE l.kind = 'recording_refused' AND l.call_id IS NOT NULL AND l.body::jsonb ->> 'policy' = 'stop_and_delete'
   AND NOT EXISTS (SELECT FROM breakwater.ledger d WHERE d.kind = 'recording_deleted' AND d.dedupe_key = l.call_id)
ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION breakwater.project_recordings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry record;
BEGIN
  FOR entry IN
    SELECT a.id, a.kind, a.at, a.writer, a.number, a.body::jsonb AS body FROM added a
     WHERE a.kind IN ('recording_refused', 'recording_archived', 'recording_deleted', 'recording_pushed', 'recording_hold_set', 'recording_hold_lifted')
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
    END CASE;
  END LOOP;
  RETURN NULL;
END
$$;

GRANT SELECT ON breakwater.recording_unwanted TO breakwater_ledger;
