-- Attestations by trunk and by way of confirmation: what one way has seen does not take the place of what another one said.
-- Read again from the ledger, which has what the table of one row for each caller ID had let go.

DELETE FROM breakwater.attestation;
ALTER TABLE breakwater.attestation ADD COLUMN trunk text NOT NULL, ADD COLUMN way text NOT NULL;
COMMENT ON COLUMN breakwater.attestation.trunk IS 'empty: of every trunk';
ALTER TABLE breakwater.attestation DROP CONSTRAINT attestation_pkey, ADD PRIMARY KEY (caller_id, trunk, way);

INSERT INTO breakwater.attestation (caller_id, trunk, way, confirmed_at, record, entry_id)
SELECT DISTINCT ON (b.caller_id, b.way) b.caller_id, '', b.way, b.confirmed_at, b.record, l.id
  FROM breakwater.ledger l, LATERAL (
    SELECT l.body::jsonb AS record, l.body::jsonb ->> 'callerId' AS caller_id, l.body::jsonb ->> 'way' AS way,
           (l.body::jsonb ->> 'confirmedAt')::timestamptz(3) AS confirmed_at) b
 WHERE l.kind = 'attestation_recorded'
 ORDER BY b.caller_id, b.way, b.confirmed_at DESC, l.id DESC;

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
       AND NOT EXISTS (SELECT FROM breakwater.ledger r WHERE r.call_id = a.call_id AND r.kind = 'call_result')
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
