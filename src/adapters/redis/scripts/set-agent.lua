-- One sidecar tells of an agent, and the agent counts by that: behind `place-agent.lua`. To tell of an agent is a sign of life.
--
-- KEYS
--   1 alive     sorted set: sidecar -> until when it is believed to live (ms of the server)
-- ARGV
--   1 agent id   2 state, `logged_out`: not there   3 sidecar   4 believed to live for (ms)   5 campaign id   6 key prefix
--   7 here: who has come in at this sidecar; seen: as the exchange shows it; said: as the agent says it, or the dialer that has the agent
--   8 the last word (1/0): what was said to other sidecars before does not hold any more; of whoever has logged out nothing does
-- Output
--   nothing

local id, state, teller, campaign, prefix, kind = ARGV[1], ARGV[2], ARGV[3], ARGV[5], ARGV[6], ARGV[7]
local key = prefix .. 'agent:' .. id
local now = redis.call('TIME')
redis.call('ZADD', KEYS[1], now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[4], teller)

local words, place = read_agent(prefix, id)
local speaker = teller
if ARGV[8] == '1' then
  for sidecar, word in pairs(words) do
    if sidecar ~= teller and (word.kind == 'said' or state == 'logged_out') then
      -- Lines of the sidecar that has the agent ring for the agent: it keeps the agent, in the state that is said now.
      local holds = place and place.sidecar == sidecar and place.campaign == campaign and place.state == 'ready'
      if holds and state ~= 'logged_out' and is_needed(prefix, place) then
        speaker = sidecar
      else
        redis.call('HDEL', key, sidecar)
      end
    end
  end
end
-- Of another campaign than that in which the agent counts by this sidecar's word nothing is to be withdrawn.
local own = words[teller]
if state == 'logged_out' then
  if not own or own.campaign == campaign then redis.call('HDEL', key, teller) end
else
  if speaker ~= teller then redis.call('HDEL', key, teller) end
  redis.call('HSET', key, speaker, campaign .. ' ' .. state .. ' ' .. kind)
  redis.call('SADD', prefix .. 'told:' .. speaker, id)
end
place_agent(prefix, id, teller)
return false
