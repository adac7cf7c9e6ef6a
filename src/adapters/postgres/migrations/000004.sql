-- Further records projected from the ledger: relationships, answers of the reassigned-numbers database, confirmations of consent,
-- overrides. A trigger of its own beside that of 000002; the same rules: newest by its own date or instant wins, of equals the later entry.

CREATE TABLE breakwater.relationship (
  number      text NOT NULL,
  seller_id   text NOT NULL,
  kind        text NOT NULL,
  occurred_on date NOT NULL,
  record      jsonb NOT NULL,
  entry_id    bigint NOT NULL,
  PRIMARY KEY (number, seller_id, kind)
);

CREATE TABLE breakwater.reassigned_check (
  number     text NOT NULL,
  seller_id  text NOT NULL,
  queried_at timestamptz(3) NOT NULL,
  record     jsonb NOT NULL,
  entry_id   bigint NOT NULL,
  PRIMARY KEY (number, seller_id)
);

CREATE TABLE breakwater.consent_confirmation (
  consent_id   text NOT NULL,
  number       text NOT NULL,
  seller_id    text NOT NULL,
  confirmed_at timestamptz(3) NOT NULL,
  entry_id     bigint NOT NULL,
  PRIMARY KEY (consent_id, number, seller_id)
);

CREATE TABLE breakwater.override (
  seller_id   text NOT NULL,
  what        text NOT NULL,
  state       text NOT NULL,
  recorded_at timestamptz(3) NOT NULL,
  record      jsonb NOT NULL,
  entry_id    bigint NOT NULL,
  PRIMARY KEY (seller_id, what, state)
);

CREATE FUNCTION breakwater.project_duties() RETURNS trigger
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

  -- One by one: whether a "no" may take the place of what stands depends on what stood before it. A "no" that was asked about less time
  -- does not undo a "yes" or a missing answer.
  FOR answer IN SELECT a.number, a.body::jsonb AS record, a.id FROM added a WHERE a.kind = 'reassigned_checked' ORDER BY a.id LOOP
    INSERT INTO breakwater.reassigned_check AS stood (number, seller_id, queried_at, record, entry_id)
    VALUES (answer.number, answer.record ->> 'sellerId', (answer.record ->> 'queriedAt')::timestamptz(3), answer.record, answer.id)
    ON CONFLICT (number, seller_id) DO UPDATE
      SET queried_at = excluded.queried_at, record = excluded.record, entry_id = excluded.entry_id
      WHERE excluded.queried_at >= stood.queried_at
        AND (stood.record ->> 'answer' = 'no' OR excluded.record ->> 'answer' <> 'no'
             OR (excluded.record ->> 'since')::date <= (stood.record ->> 'since')::date);
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

CREATE TRIGGER ledger_project_duties AFTER INSERT ON breakwater.ledger
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION breakwater.project_duties();

GRANT SELECT ON breakwater.relationship, breakwater.reassigned_check, breakwater.consent_confirmation,
  breakwater.override TO breakwater_ledger;
