-- Answers of the reassigned-numbers database come by the file, all of one instant: the order of its lines must not decide. Of two that
-- contradict each other the "no" does not stand; of two "no" the one that covers more does. All else as in 000004.sql.

CREATE OR REPLACE FUNCTION breakwater.project_duties() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  answer record;
BEGIN
  IF NOT EXISTS (SELECT FROM added a
                  WHERE a.kind IN ('relationship_recorded', 'reassigned_checked', 'consent_confirmed', 'override')) THEN
    RETURN NULL;
  END IF;

  INSERT INTO breakwater.relationship AS stood (number, seller_id, kind, occurred_on, record, entry_id)
  SELECT DISTINCT ON (a.number, b.seller_id, b.kind) a.number, b.seller_id, b.kind, b.occurred_on, b.record, a.id
    FROM added a, LATERAL (
      SELECT a.body::jsonb AS record, a.body::jsonb ->> 'sellerId' AS seller_id, a.body::jsonb ->> 'kind' AS kind,
             (a.body::jsonb ->> 'occurredOn')::date AS occurred_on) b
   WHERE a.kind = 'relationship_recorded'
   ORDER BY a.number, b.seller_id, b.kind, b.occurred_on DESC, a.id DESC
  ON CONFLICT (number, seller_id, kind) DO UPDATE
    SET occurred_on = excluded.occurred_on, record = excluded.record, entry_id = excluded.entry_id
    WHERE excluded.occurred_on >= stood.occurred_on;

  -- One by one: whether a "no" may take the place of what stands depends on what stood before it. See `isCleared` in domain/reassigned.ts.
  FOR answer IN SELECT a.number, a.body::jsonb AS record, a.id FROM added a WHERE a.kind = 'reassigned_checked' ORDER BY a.id LOOP
    INSERT INTO breakwater.reassigned_check AS stood (number, seller_id, queried_at, record, entry_id)
    VALUES (answer.number, answer.record ->> 'sellerId', (answer.record ->> 'queriedAt')::timestamptz(3), answer.record, answer.id)
    ON CONFLICT (number, seller_id) DO UPDATE
      SET queried_at = excluded.queried_at, record = excluded.record, entry_id = excluded.entry_id
      WHERE excluded.queried_at >= stood.queried_at
        AND (excluded.record ->> 'answer' <> 'no'
             OR CASE WHEN stood.record ->> 'answer' = 'no'
                     THEN excluded.queried_at > stood.queried_at
                          OR (excluded.record ->> 'since')::date <= (stood.record ->> 'since')::date
                     ELSE excluded.queried_at > stood.queried_at
                          AND (excluded.record ->> 'since')::date <= (stood.record ->> 'since')::date
                END);
  END LOOP;

  INSERT INTO breakwater.consent_confirmation AS stood (consent_id, number, seller_id, confirmed_at, entry_id)
  SELECT DISTINCT ON (b.consent_id, a.number, b.seller_id) b.consent_id, a.number, b.seller_id, b.confirmed_at, a.id
    FROM added a, LATERAL (
      SELECT a.body::jsonb ->> 'consentId' AS consent_id, a.body::jsonb ->> 'sellerId' AS seller_id,
             (a.body::jsonb ->> 'confirmedAt')::timestamptz(3) AS confirmed_at) b
   WHERE a.kind = 'consent_confirmed'
   ORDER BY b.consent_id, a.number, b.seller_id, b.confirmed_at DESC, a.id DESC
  ON CONFLICT (consent_id, number, seller_id) DO UPDATE
    SET confirmed_at = excluded.confirmed_at, entry_id = excluded.entry_id
    WHERE excluded.confirmed_at >= stood.confirmed_at;

  INSERT INTO breakwater.override AS stood (seller_id, what, state, recorded_at, record, entry_id)
  SELECT DISTINCT ON (b.seller_id, b.what, b.state) b.seller_id, b.what, b.state, b.recorded_at, b.record, a.id
    FROM added a, LATERAL (
      SELECT a.body::jsonb AS record, a.body::jsonb ->> 'sellerId' AS seller_id, a.body::jsonb ->> 'what' AS what,
             a.body::jsonb ->> 'state' AS state, (a.body::jsonb ->> 'recordedAt')::timestamptz(3) AS recorded_at) b
   WHERE a.kind = 'override'
   ORDER BY b.seller_id, b.what, b.state, b.recorded_at DESC, a.id DESC
  ON CONFLICT (seller_id, what, state) DO UPDATE
    SET recorded_at = excluded.recorded_at, record = excluded.record, entry_id = excluded.entry_id
    WHERE excluded.recorded_at >= stood.recorded_at;
  RETURN NULL;
END
$$;
