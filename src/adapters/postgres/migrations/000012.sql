-- What decisions stand on (policies, campaigns, lists) is rare among them and is looked for by kind in order of id: at a start, for
-- campaigns that are gone, and for each dossier. Without an index of its own each of these reads the whole ledger.
CREATE INDEX ledger_sources ON breakwater.ledger (id)
  WHERE kind IN ('policy_loaded', 'policy_document', 'campaign_loaded', 'list_loaded', 'lists_document');
