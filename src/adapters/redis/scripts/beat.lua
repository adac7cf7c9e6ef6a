-- A sidecar's sign of life, and the end of those that have shown none: INVARIANT (idle-never-too-many), what they told of agents does not
-- hold any more. Behind `place-agent.lua`. Time is the server's own: no sidecar's clock can keep a dead one alive.
--
-- KEYS
--   1 alive     sorted set: sidecar -> until when it is believed to live (ms of the server)
-- ARGV
--   1 sidecar   2 believed to live for (ms)   3 key prefix
-- Output
--   1 when this sidecar was believed to live, else 0: its agents have been taken out, or were never told;
--   then campaign, agent and state of each agent taken out

local prefix = ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local out = { redis.call('ZSCORE', KEYS[1], ARGV[1]) and 1 or 0 }
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'told:' .. dead)) do
    if redis.call('HDEL', prefix .. 'agent:' .. id, dead) == 1 then
      local before, after = place_agent(prefix, id, dead)
      if before and not after then
        out[#out + 1] = before.campaign
        out[#out + 1] = id
        out[#out + 1] = before.state
      end
    end
  end
  -- Also what a version before this one has counted for it.
  for _, campaign in ipairs(redis.call('SMEMBERS', prefix .. 'seats:' .. dead)) do
    for state in pairs(OCCUPIED) do redis.call('HDEL', floors_of(prefix, campaign), dead .. '|' .. state) end
  end
  redis.call('DEL', prefix .. 'seats:' .. dead, prefix .. 'told:' .. dead)
  redis.call('ZREM', KEYS[1], dead)
end
return out
