-- What `set-agent.lua` and `beat.lua` begin with. INVARIANT (agent-idle-once): whoever tells of an agent, in whichever campaign, the agent
-- counts in one campaign and for one sidecar, in the most occupied of the states that are told. `src/adapters/memory/agent-book.ts` says
-- the same; test/conformance/counters.test.ts holds them equal.
--
-- agent:<id>  hash: <sidecar> -> "<campaign> <state> <here|seen|said>", what each tells; '@' -> "<campaign> <state> <sidecar>", where it counts
-- Keys of campaigns are derived, which binds the scripts to one server (docs/stores.md).

local OCCUPIED = { ready = 0, paused = 1, promised = 2, busy = 3 }

local function staff_of(prefix, campaign) return prefix .. '{' .. campaign .. '}:staff' end
local function floors_of(prefix, campaign) return prefix .. '{' .. campaign .. '}:floors' end

-- What is told of an agent, by sidecar, and where the agent counts (nil: nowhere).
local function read_agent(prefix, id)
  local raw = redis.call('HGETALL', prefix .. 'agent:' .. id)
  local words, place = {}, nil
  for i = 1, #raw, 2 do
    local campaign, state, last = string.match(raw[i + 1], '^(%S+) (%S+) (.*)$')
    if raw[i] == '@' then
      place = { campaign = campaign, state = state, sidecar = last }
    else
      words[raw[i]] = { campaign = campaign, state = state, kind = last }
    end
  end
  return words, place
end

local function count_agent(prefix, place, change)
  redis.call('HINCRBY', staff_of(prefix, place.campaign), 'n:' .. place.state, change)
  local floors, field = floors_of(prefix, place.campaign), place.sidecar .. '|' .. place.state
  if redis.call('HINCRBY', floors, field, change) == 0 then redis.call('HDEL', floors, field) end
end

-- Lines of the sidecar for which the agent counts may ring for this agent.
local function is_needed(prefix, place)
  local floors = floors_of(prefix, place.campaign)
  local counts = redis.call('HMGET', floors, place.sidecar .. '|flight', place.sidecar .. '|ready')
  local others = tonumber(counts[2] or 0) - (place.state == 'ready' and 1 or 0)
  return tonumber(counts[1] or 0) > others
end

-- Counts the agent anew after the words have changed: for whoever has the agent, else for whoever tells,
-- unless lines of another who tells of the agent need them.
local function place_agent(prefix, id, teller)
  local words, before = read_agent(prefix, id)
  local sidecar
  local told, has = words[teller], before and words[before.sidecar]
  if has and (not told or (told.kind ~= 'here' and (has.kind == 'here' or is_needed(prefix, before)))) then
    sidecar = before.sidecar
  elseif told then sidecar = teller
  else
    for each in pairs(words) do
      if not sidecar or each < sidecar then sidecar = each end
    end
  end
  local after
  if sidecar then
    after = { campaign = words[sidecar].campaign, state = words[sidecar].state, sidecar = sidecar }
    for _, word in pairs(words) do
      if OCCUPIED[word.state] > OCCUPIED[after.state] then after.state = word.state end
    end
  end
  if before then count_agent(prefix, before, -1) end
  if after then
    count_agent(prefix, after, 1)
    redis.call('HSET', prefix .. 'agent:' .. id, '@', after.campaign .. ' ' .. after.state .. ' ' .. after.sidecar)
    redis.call('SADD', prefix .. 'seats:' .. after.sidecar, after.campaign)
  else
    redis.call('HDEL', prefix .. 'agent:' .. id, '@')
  end
  return before, after
end

