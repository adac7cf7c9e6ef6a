-- The numbers by which people reach a seller, as every campaign of this ledger ever named them: who texts to one of them speaks to that
-- seller, also when no campaign has the number any more. The trigger function of 000005 takes this kind too. A body with \u0000 has no
-- jsonb: such a campaign names no number here (people's own entries with one are refused before they are written).

CREATE TABLE breakwater.seller_number (
  number    text NOT NULL,
  seller_id text NOT NULL,
  entry_id  bigint NOT NULL,
  PRIMARY KEY (number, seller_id)
);

-- As domain/seller-numbers.ts.
CREATE FUNCTION breakwater.seller_numbers_in(body jsonb) RETURNS TABLE (number text, seller_id text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT n.number #>> '{}', body #>> '{seller,id}'
    FROM (SELECT body #> '{seller,callbackNumber}' AS number
          UNION ALL
          SELECT each -> 'number'
            FROM jsonb_array_elements(
              CASE WHEN jsonb_typeof(body -> 'callerIds') = 'array' THEN body -> 'callerIds' ELSE '[]' END) each) n
   WHERE jsonb_typeof(n.number) = 'string' AND jsonb_typeof(body #> '{seller,id}') = 'string'
$$;

CREATE OR REPLACE FUNCTION breakwater.project_doors() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry record;
BEGIN
  FOR entry IN
    SELECT a.id, a.kind, a.number,
           CASE WHEN a.kind <> 'campaign_loaded' OR strpos(a.body, '\u0000') = 0 THEN a.body::jsonb END AS body
      FROM added a
     WHERE a.kind IN ('unclear_request', 'unclear_request_settled', 'emergency_declared', 'emergency_ended', 'campaign_loaded')
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
      WHEN 'campaign_loaded' THEN
        INSERT INTO breakwater.seller_number (number, seller_id, entry_id)
        SELECT n.number, n.seller_id, entry.id FROM breakwater.seller_numbers_in(entry.body) n
        ON CONFLICT (number, seller_id) DO NOTHING;
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

INSERT INTO breakwater.seller_number (number, seller_id, entry_id)
SELECT n.number, n.seller_id, min(l.id)
  FROM breakwater.ledger l,
       LATERAL breakwater.seller_numbers_in(CASE WHEN strpos(l.body, '\u0000') = 0 THEN l.body::jsonb END) n
 WHERE l.kind = 'campaign_loaded'
 GROUP BY n.number, n.seller_id;

GRANT SELECT ON breakwater.seller_number TO breakwater_ledger;
