-- Reservations whose lease has run out, the first to run out first. Changes nothing: the ledger has the word.
--
-- KEYS
--   1 flight
-- ARGV
--   1 at (ms)   2 at most this many
-- Output
--   the call ids

return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
