-- A call in flight is held by another sidecar from now on: by one that has found it after a restart, or by `!`, a sidecar without agents,
-- where no agent will come for it. A call that is not in flight, or that `!` holds: nothing.
-- The campaign's keys are derived, which binds the script to one server (docs/stores.md).
--
-- KEYS
--   1 call      hash of the call
-- ARGV
--   1 key prefix   2 sidecar that holds it, or `!`
-- Output
--   nothing

local call = redis.call('HMGET', KEYS[1], 'state', 'campaign', 'owner')
if call[1] ~= 'flight' or call[3] == '!' or call[3] == ARGV[2] then return false end
local floors = ARGV[1] .. '{' .. call[2] .. '}:floors'
local field = (call[3] or '') .. '|flight'
if redis.call('HINCRBY', floors, field, -1) <= 0 then redis.call('HDEL', floors, field) end
redis.call('HINCRBY', floors, ARGV[2] .. '|flight', 1)
redis.call('HSET', KEYS[1], 'owner', ARGV[2])
return false
