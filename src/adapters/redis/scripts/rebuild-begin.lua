-- Starts a rebuild: the day tallies go, the campaign is not rebuilt until the end, and a new generation begins, in which no call
-- has been counted yet. Reservations in flight stay. While another rebuild is at it nothing is done: of several sidecars that find at
-- once that the counters have forgotten each would take over from the one before, and none would come to its end.
--
-- KEYS
--   1 tally
-- ARGV
--   1 generation: a token never used before, so that calls remembered from a lost tally are not taken as counted
--   2 at it for so long (ms) from each `rebuild-hold.lua` on; 0: nobody is, and whoever was does not come to an end
-- Output
--   1, or 0 when another rebuild is at it

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HGET', KEYS[1], 'until')
if ARGV[2] ~= '0' and held and tonumber(held) > now then return 0 end

redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'generation', ARGV[1])
if ARGV[2] ~= '0' then redis.call('HSET', KEYS[1], 'until', now + ARGV[2]) end
return 1
