-- A decision is longer than the 2 kB from which PostgreSQL compresses with its own method, which takes a quarter of the server's
-- processor time. LZ4 where the server was built with it; else what fits a page stays as it is. Entries that stand keep their form.

DO $$
BEGIN
  ALTER TABLE breakwater.ledger ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION
  WHEN feature_not_supported OR invalid_parameter_value THEN
    ALTER TABLE breakwater.ledger SET (toast_tuple_target = 8160);
END
$$;
