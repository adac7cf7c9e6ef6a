-- What the sidecar's own sessions may do: append to the ledger and read. Even a hole in the sidecar cannot rewrite history
-- without leaving this role; projections are changed by the trigger alone, with its owner's rights.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'breakwater_ledger') THEN
    CREATE ROLE breakwater_ledger NOLOGIN;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL; -- another database of the same server was quicker
END
$$;

DO $$
BEGIN
  IF NOT pg_catalog.pg_has_role(current_user, 'breakwater_ledger', 'MEMBER')
     OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper) THEN
    EXECUTE format('GRANT breakwater_ledger TO %I', current_user);
  END IF;
END
$$;

GRANT USAGE ON SCHEMA breakwater TO breakwater_ledger;
GRANT INSERT, SELECT ON breakwater.ledger TO breakwater_ledger;
GRANT SELECT ON breakwater.opt_out, breakwater.consent, breakwater.consent_revocation, breakwater.attestation,
  breakwater.campaign_switch, breakwater.pending_permit TO breakwater_ledger;
