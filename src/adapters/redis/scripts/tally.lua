-- All counts of a campaign, at one instant.
--
-- KEYS
--   1 tally   2 flight   3 agents
-- ARGV
--   1 run id of the server as the client knows it   2.. days
-- Output
--   rebuilt, in flight, ready, promised, busy, paused, then live answers and drops of each day

local fields = { 'rebuilt' }
for i = 2, #ARGV do
  fields[#fields + 1] = ARGV[i] .. ':a'
  fields[#fields + 1] = ARGV[i] .. ':d'
end
local counts = redis.call('HMGET', KEYS[1], unpack(fields))
local agents = redis.call('HMGET', KEYS[3], 'n:ready', 'n:promised', 'n:busy', 'n:paused')
local out = { counts[1] == ARGV[1] and 1 or 0, redis.call('ZCARD', KEYS[2]) }
for i = 1, 4 do out[#out + 1] = tonumber(agents[i] or 0) end
for i = 2, #fields do out[#out + 1] = tonumber(counts[i] or 0) end
return out
