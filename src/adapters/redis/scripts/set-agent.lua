-- Sets an agent's state, as one sidecar tells it, and keeps the counts by state. To tell of an agent is a sign of life.
--
-- KEYS
--   1 agents    hash: n:<state> counts, a:<agent id> "<state> <sidecar>"
--   2 floors    hash: <sidecar>|<state> counts
--   3 alive     sorted set: sidecar -> until when it is believed to live (ms of the server)
--   4 seats     set of the sidecar: campaigns it has told of agents
-- ARGV
--   1 agent id   2 state, `logged_out` removes   3 sidecar   4 believed to live for (ms)   5 campaign id
-- Output
--   nothing

local now = redis.call('TIME')
redis.call('ZADD', KEYS[3], now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[4], ARGV[3])

local function count(state, sidecar, change)
  redis.call('HINCRBY', KEYS[1], 'n:' .. state, change)
  local field = sidecar .. '|' .. state
  if redis.call('HINCRBY', KEYS[2], field, change) == 0 then redis.call('HDEL', KEYS[2], field) end
end

local field = 'a:' .. ARGV[1]
local old = redis.call('HGET', KEYS[1], field)
if old then
  local state, sidecar = string.match(old, '^(%S+) (.*)$')
  count(state, sidecar, -1)
end
if ARGV[2] == 'logged_out' then
  redis.call('HDEL', KEYS[1], field)
else
  redis.call('HSET', KEYS[1], field, ARGV[2] .. ' ' .. ARGV[3])
  count(ARGV[2], ARGV[3], 1)
  redis.call('SADD', KEYS[4], ARGV[5])
end
return false
