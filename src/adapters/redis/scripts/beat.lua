-- A sidecar's sign of life, and the end of those that have shown none: INVARIANT (idle-never-too-many), their agents stop counting.
-- Time is the server's own: no sidecar's clock can keep a dead one alive. Keys of campaigns are derived, which binds the script to one
-- server (docs/stores.md).
--
-- KEYS
--   1 alive     sorted set: sidecar -> until when it is believed to live (ms of the server)
-- ARGV
--   1 sidecar   2 believed to live for (ms)   3 key prefix
-- Output
--   1 when this sidecar was believed to live, else 0: its agents have been taken out, or were never told;
--   then campaign, agent and state of each agent taken out

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local out = { redis.call('ZSCORE', KEYS[1], ARGV[1]) and 1 or 0 }
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
for _, sidecar in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  local seats = ARGV[3] .. 'seats:' .. sidecar
  for _, campaign in ipairs(redis.call('SMEMBERS', seats)) do
    local agents, floors = ARGV[3] .. '{' .. campaign .. '}:agents', ARGV[3] .. '{' .. campaign .. '}:floors'
    local all = redis.call('HGETALL', agents)
    for i = 1, #all, 2 do
      local state, owner = string.match(all[i + 1], '^(%S+) (.*)$')
      if owner == sidecar and string.sub(all[i], 1, 2) == 'a:' then
        redis.call('HDEL', agents, all[i])
        redis.call('HINCRBY', agents, 'n:' .. state, -1)
        redis.call('HDEL', floors, owner .. '|' .. state)
        out[#out + 1] = campaign
        out[#out + 1] = string.sub(all[i], 3)
        out[#out + 1] = state
      end
    end
  end
  redis.call('DEL', seats)
  redis.call('ZREM', KEYS[1], sidecar)
end
return out
