-- Counts one outcome once per call id, takes the call out of flight, remembers a drop of the person.
--
-- KEYS
--   1 tally   2 flight   3 call   4 floors   5 dropped: of the person, where the caller knows it
-- ARGV
--   1 call id   2 campaign id   3 at (ms)   4 live answers (0/1)   5 drops (0/1)   6 day   7 days that are remembered
--   8 settled kept (ms)   9 drops kept (ms)
-- Output
--   settled | already_settled | unscreened

local call = redis.call('HMGET', KEYS[3], 'state', 'dropped', 'owner')
if call[1] == 'ended' then return 'already_settled' end

if ARGV[4] == '1' then redis.call('HINCRBY', KEYS[1], ARGV[6] .. ':a', 1) end
if ARGV[5] == '1' then redis.call('HINCRBY', KEYS[1], ARGV[6] .. ':d', 1) end
-- By number, not by date: a clock that jumps ahead and back takes no day away that still counts.
if (ARGV[4] == '1' or ARGV[5] == '1') and redis.call('HLEN', KEYS[1]) > 2 * tonumber(ARGV[7]) then
  local oldest
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    local day = string.match(field, '^(%d%d%d%d%-%d%d%-%d%d):')
    if day and (not oldest or day < oldest) then oldest = day end
  end
  if oldest then redis.call('HDEL', KEYS[1], oldest .. ':a', oldest .. ':d') end
end

if redis.call('ZREM', KEYS[2], ARGV[1]) == 1 then
  local field = (call[3] or '') .. '|flight'
  if redis.call('HINCRBY', KEYS[4], field, -1) <= 0 then redis.call('HDEL', KEYS[4], field) end
end
local tally = redis.call('HMGET', KEYS[1], 'generation', 'earlier')
-- The sum that `reserve.lua` keeps holds no other day than today.
if tally[2] and string.sub(tally[2], 12, 21) ~= ARGV[6] then redis.call('HDEL', KEYS[1], 'earlier') end
redis.call('HSET', KEYS[3], 'state', 'ended', 'campaign', ARGV[2], 'generation', tally[1] or '0')
redis.call('PEXPIRE', KEYS[3], ARGV[8])

local dropped = call[2] or KEYS[5]
if ARGV[5] == '1' and dropped then
  local last = redis.call('GET', dropped)
  if not last or tonumber(last) < tonumber(ARGV[3]) then redis.call('SET', dropped, ARGV[3]) end
  redis.call('PEXPIRE', dropped, ARGV[9])
end

return call[1] and 'settled' or 'unscreened'
