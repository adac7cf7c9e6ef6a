-- Takes reservations whose lease has run out and counts each as a live answer and a drop (a lost result is a drop until proven
-- otherwise). The calls' and persons' keys are derived from the set, which binds the script to one server (docs/stores.md).
--
-- KEYS
--   1 tally   2 flight
-- ARGV
--   1 at (ms)   2 day   3 key prefix   4 settled kept (ms)   5 drops kept (ms)   6 at most this many
-- Output
--   the call ids

local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, ARGV[6])
local generation = redis.call('HGET', KEYS[1], 'generation') or '0'
for _, call_id in ipairs(due) do
  local key = ARGV[3] .. 'call:' .. call_id
  local dropped = redis.call('HGET', key, 'dropped')
  redis.call('ZREM', KEYS[2], call_id)
  redis.call('HINCRBY', KEYS[1], ARGV[2] .. ':a', 1)
  redis.call('HINCRBY', KEYS[1], ARGV[2] .. ':d', 1)
  redis.call('HSET', key, 'state', 'ended', 'generation', generation)
  redis.call('PEXPIRE', key, ARGV[4])
  if dropped then
    local last = redis.call('GET', dropped)
    if not last or tonumber(last) < tonumber(ARGV[1]) then redis.call('SET', dropped, ARGV[1]) end
    redis.call('PEXPIRE', dropped, ARGV[5])
  end
end
return due
