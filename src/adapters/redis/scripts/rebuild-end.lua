-- The campaign's counters are the ledger's again, for as long as this very server process lives: any restart or failover may have
-- lost the last writes, and shows another run id.
--
-- KEYS
--   1 tally
-- ARGV
--   1 generation   2 run id of the server as the client knows it
-- Output
--   1, or 0 when another rebuild has begun meanwhile

if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'rebuilt', ARGV[2])
redis.call('HDEL', KEYS[1], 'until')
return 1
