-- The rebuild is still at it, or gives up so that another need not wait.
--
-- KEYS
--   1 tally
-- ARGV
--   1 generation   2 at it for so long (ms); 0: not any more
-- Output
--   nothing

if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then return false end
if ARGV[2] == '0' then
  redis.call('HDEL', KEYS[1], 'until')
  return false
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'until', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2])
return false
