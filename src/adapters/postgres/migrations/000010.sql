-- The hash covers writer and seq, which are unique already, and nothing is looked up by it alone. Its index was the dearest of all to keep:
-- each entry lands on another of its pages.

ALTER TABLE breakwater.ledger DROP CONSTRAINT ledger_hash;
