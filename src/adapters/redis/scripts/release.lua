-- The call was never placed: its attempt and its place in flight are given back. A call that is not in flight: nothing.
-- With a claim: only that one is given back, and the reservation with the last of them. INVARIANT (reservation-of-all-who-asked).
-- The campaign stands in the call's hash; its keys are derived here, which binds the script to one server (docs/stores.md).
--
-- KEYS
--   1 call      hash of the call
-- ARGV
--   1 call id   2 key prefix   3 claim, or '': whoever has asked
-- Output
--   1 when something was given back, else 0

local call = redis.call('HMGET', KEYS[1], 'state', 'campaign', 'attempts', 'owner')
if call[1] ~= 'flight' then return 0 end
if ARGV[3] ~= '' then
  if redis.call('HDEL', KEYS[1], 'by:' .. ARGV[3]) == 0 then return 0 end
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(field, 1, 3) == 'by:' then return 0 end
  end
end
local campaign = ARGV[2] .. '{' .. call[2] .. '}:'
if redis.call('ZREM', campaign .. 'flight', ARGV[1]) == 1 then
  local field = (call[4] or '') .. '|flight'
  if redis.call('HINCRBY', campaign .. 'floors', field, -1) <= 0 then redis.call('HDEL', campaign .. 'floors', field) end
end
redis.call('ZREM', call[3], ARGV[1])
redis.call('DEL', KEYS[1])
return 1
