-- Second step (see 000017.sql), beside writers that go on appending: what they append meanwhile, the trigger keeps.

INSERT INTO breakwater.ledger_key (kind, dedupe_key, id)
SELECT l.kind, l.dedupe_key, l.id FROM breakwater.ledger l WHERE l.dedupe_key IS NOT NULL
ON CONFLICT DO NOTHING;

ALTER TABLE breakwater.ledger VALIDATE CONSTRAINT ledger_first_ids;
