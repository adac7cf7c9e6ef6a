-- Sets an agent's state and keeps the counts by state.
--
-- KEYS
--   1 agents    hash: n:<state> counts, a:<agent id> state
-- ARGV
--   1 agent id   2 state, `logged_out` removes
-- Output
--   nothing

local field = 'a:' .. ARGV[1]
local old = redis.call('HGET', KEYS[1], field)
if old == ARGV[2] then return false end
if old then redis.call('HINCRBY', KEYS[1], 'n:' .. old, -1) end
if ARGV[2] == 'logged_out' then
  redis.call('HDEL', KEYS[1], field)
else
  redis.call('HSET', KEYS[1], field, ARGV[2])
  redis.call('HINCRBY', KEYS[1], 'n:' .. ARGV[2], 1)
end
return false
