-- Records of the further doors: what people wrote that nobody has settled yet, and states of emergency declared while sidecars run.
-- A trigger of its own beside those of 000002 and 000004. Entries are taken one by one in the order of their ids: what ends something
-- was appended after it was read, so it never comes first.

CREATE TABLE breakwater.unclear_request (
  request_id  text PRIMARY KEY,
  number      text NOT NULL,
  seller_id   text NOT NULL,
  received_at timestamptz(3) NOT NULL,
  record      jsonb NOT NULL,
  settled     boolean NOT NULL DEFAULT false,
  entry_id    bigint NOT NULL
);
CREATE INDEX unclear_request_open ON breakwater.unclear_request (number, seller_id) WHERE NOT settled;
CREATE INDEX unclear_request_waiting ON breakwater.unclear_request (entry_id) WHERE NOT settled;

CREATE TABLE breakwater.emergency (
  state      text NOT NULL,
  first_day  date NOT NULL,
  last_day   date,
  record     jsonb NOT NULL,
  entry_id   bigint NOT NULL,
  PRIMARY KEY (state, first_day)
);

CREATE FUNCTION breakwater.project_doors() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry record;
BEGIN
  FOR entry IN
    SELECT a.id, a.kind, a.number, a.body::jsonb AS body FROM added a
     WHERE a.kind IN ('unclear_request', 'unclear_request_settled', 'emergency_declared', 'emergency_ended')
     ORDER BY a.id
  LOOP
    CASE entry.kind
      WHEN 'unclear_request' THEN
        INSERT INTO breakwater.unclear_request (request_id, number, seller_id, received_at, record, entry_id)
        VALUES (entry.body ->> 'requestId', entry.number, entry.body ->> 'sellerId',
                (entry.body ->> 'receivedAt')::timestamptz(3), entry.body, entry.id)
        ON CONFLICT (request_id) DO NOTHING;
      WHEN 'unclear_request_settled' THEN
        UPDATE breakwater.unclear_request SET settled = true WHERE request_id = entry.body ->> 'requestId';
      WHEN 'emergency_declared' THEN
        -- The later last day binds, open the latest (null makes the condition null: an open one stays).
        INSERT INTO breakwater.emergency AS stood (state, first_day, last_day, record, entry_id)
        VALUES (entry.body ->> 'state', (entry.body ->> 'from')::date, (entry.body ->> 'until')::date, entry.body, entry.id)
        ON CONFLICT (state, first_day) DO UPDATE
          SET last_day = excluded.last_day, record = excluded.record, entry_id = excluded.entry_id
          WHERE excluded.last_day IS NULL OR excluded.last_day >= stood.last_day;
      WHEN 'emergency_ended' THEN
        UPDATE breakwater.emergency SET last_day = (entry.body ->> 'until')::date
         WHERE state = entry.body ->> 'state' AND first_day <= (entry.body ->> 'until')::date
           AND (last_day IS NULL OR last_day > (entry.body ->> 'until')::date);
    END CASE;
  END LOOP;
  RETURN NULL;
END
$$;

CREATE TRIGGER ledger_project_doors AFTER INSERT ON breakwater.ledger
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION breakwater.project_doors();

GRANT SELECT ON breakwater.unclear_request, breakwater.emergency TO breakwater_ledger;
