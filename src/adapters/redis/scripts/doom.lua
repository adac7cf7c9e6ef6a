-- No agent will come for this call: it is held by `!` from now on, a sidecar without agents. A call that is not in flight: nothing.
-- The campaign's keys are derived, which binds the script to one server (docs/stores.md).
--
-- KEYS
--   1 call      hash of the call
-- ARGV
--   1 key prefix
-- Output
--   nothing

local call = redis.call('HMGET', KEYS[1], 'state', 'campaign', 'owner')
if call[1] ~= 'flight' or call[3] == '!' then return false end
local floors = ARGV[1] .. '{' .. call[2] .. '}:floors'
local field = (call[3] or '') .. '|flight'
if redis.call('HINCRBY', floors, field, -1) <= 0 then redis.call('HDEL', floors, field) end
redis.call('HINCRBY', floors, '!|flight', 1)
redis.call('HSET', KEYS[1], 'owner', '!')
return false
