-- Starts a rebuild: the day tallies go, the campaign is not rebuilt until the end, and a new generation begins, in which no call
-- has been counted yet. Reservations in flight stay.
--
-- KEYS
--   1 tally
-- ARGV
--   1 generation: a token never used before, so that calls remembered from a lost tally are not taken as counted
-- Output
--   nothing

redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'generation', ARGV[1])
return false
