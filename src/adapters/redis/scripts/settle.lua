-- Counts one outcome once per call id, takes the call out of flight, remembers a drop of the person.
--
-- KEYS
--   1 tally   2 flight   3 call
-- ARGV
--   1 call id   2 campaign id   3 at (ms)   4 live answers (0/1)   5 drops (0/1)   6 day   7 oldest day that still counts
--   8 settled kept (ms)   9 drops kept (ms)
-- Output
--   settled | already_settled | unscreened

local call = redis.call('HMGET', KEYS[3], 'state', 'dropped')
if call[1] == 'ended' then return 'already_settled' end

if ARGV[4] == '1' then redis.call('HINCRBY', KEYS[1], ARGV[6] .. ':a', 1) end
if ARGV[5] == '1' then redis.call('HINCRBY', KEYS[1], ARGV[6] .. ':d', 1) end
-- Days that left every window are dropped now and then; 64 fields are 30 days and a little.
if redis.call('HLEN', KEYS[1]) > 80 then
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.match(field, '^%d%d%d%d%-%d%d%-%d%d:') and string.sub(field, 1, 10) < ARGV[7] then
      redis.call('HDEL', KEYS[1], field)
    end
  end
end

redis.call('ZREM', KEYS[2], ARGV[1])
local generation = redis.call('HGET', KEYS[1], 'generation') or '0'
redis.call('HSET', KEYS[3], 'state', 'ended', 'campaign', ARGV[2], 'generation', generation)
redis.call('PEXPIRE', KEYS[3], ARGV[8])

if ARGV[5] == '1' and call[2] then
  local last = redis.call('GET', call[2])
  if not last or tonumber(last) < tonumber(ARGV[3]) then redis.call('SET', call[2], ARGV[3]) end
  redis.call('PEXPIRE', call[2], ARGV[9])
end

return call[1] and 'settled' or 'unscreened'
