-- Looks at attempts, lockout and drop budget of one call and, if all hold and ARGV asks for it, reserves: one atomic step.
-- The arithmetic is `admits` of src/domain/drop-budget.ts, word for word; test/conformance/counters.test.ts holds them equal.
--
-- KEYS
--   1 attempts  sorted set of the person: call id -> placed at (ms)
--   2 dropped   string of the person: instant of the last drop (ms)
--   3 call      hash of the call; by:<claim> for each who has asked, by:* for one that nobody takes back
--   4 tally     hash: rebuilt (run id of the server), generation, <day>:a live answers, <day>:d drops, earlier (as 5, sum of the days before today)
--   5 flight    sorted set: call id -> end of lease (ms)
--   6 agents    hash: n:ready, n:promised, n:busy, n:paused counts
--   7 floors    hash: <sidecar>|ready, |promised, |busy, |paused, |flight; calls that any sidecar's agent may be needed for, and those whose
--               sidecar is not known, are under '|flight'
--   8 opened    sorted set: call id -> opened at (ms), of the last second; only where calls per second are limited
--   9.. tally   of the seller's other campaigns: attempts are the seller's, and whole when all of them are rebuilt
-- ARGV
--   1 run id    of the server as the client knows it
--   2 campaign id   3 the sidecar that asks   4 agents of this sidecar only (1/0)
--   5 first day of the block and today, as 2026-11-01/2026-11-23
--   6 attempts max   7 attempts kept (ms)   8 lockout (ms)   9 ceiling (bp)   10 over-dialing barred (1/0)
--   11 lines max   12 calls per second max   13 lines the pacer allows; each '' where there is no such limit
--   14 call id   15 at (ms)   16 beginning of the attempts window (ms)   17 end of lease (ms)
--   18 claim of this asking; '' only looks
-- Output
--   kind (standing: reserved by an earlier request of this call id), admission and limit reached or '', in one string;
--   placed, dropped at, today a, today d, block a, block d, in flight, ready, promised, rebuilt, attempts whole, logged in,
--   exposed elsewhere, value of the limit; -1 where there is none
-- Numbers that are only handed on stay the strings they came as: to write one out costs as much as a command.

local call = redis.call
local run_id, campaign, sidecar, own_only, period = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1', ARGV[5]
local call_id, at, since, claim = ARGV[14], ARGV[15], ARGV[16], ARGV[18]
local commit = claim ~= ''

local placed = call('ZCOUNT', KEYS[1], since, '+inf')

-- Hardly ever: of a person who was not dropped, and a call that is asked for once, there is nothing to read.
local dropped, state, owner = false, nil, nil
if call('EXISTS', KEYS[2], KEYS[3]) > 0 then
  dropped = call('GET', KEYS[2])
  if dropped and tonumber(dropped) < tonumber(at) - tonumber(ARGV[8]) then dropped = false end
  local found = call('HMGET', KEYS[3], 'state', 'owner')
  state, owner = found[1], found[2]
end
local standing = state == 'flight'

local today = string.sub(period, -10)
local counts = call('HMGET', KEYS[4], 'rebuilt', today .. ':a', today .. ':d', 'earlier')
local rebuilt = counts[1] == run_id
local whole = rebuilt
for i = 9, #KEYS do
  whole = whole and call('HGET', KEYS[i], 'rebuilt') == run_id
end
local today_a, today_d = tonumber(counts[2] or 0), tonumber(counts[3] or 0)
-- The days of the block before today are summed up once; a result of any other day than today takes the sum away.
local of, earlier_a, earlier_d = string.match(counts[4] or '', '^(%S+) (%d+) (%d+)$')
if of ~= period then
  local first, tally = string.sub(period, 1, 10), call('HGETALL', KEYS[4])
  earlier_a, earlier_d = 0, 0
  for i = 1, #tally, 2 do
    -- Days as 2026-11-01 stand in the order of their names.
    local day, what = string.match(tally[i], '^(%d%d%d%d%-%d%d%-%d%d):([ad])$')
    if day and day >= first and day < today then
      if what == 'a' then earlier_a = earlier_a + tonumber(tally[i + 1]) else earlier_d = earlier_d + tonumber(tally[i + 1]) end
    end
  end
  -- Of a whole tally only: another sidecar may be rebuilding this one.
  if rebuilt then call('HSET', KEYS[4], 'earlier', string.format('%s %.0f %.0f', period, earlier_a, earlier_d)) end
end
local block_a, block_d = today_a + tonumber(earlier_a), today_d + tonumber(earlier_d)

local flying = call('ZCARD', KEYS[5])
local in_flight, ready, promised, logged_in, elsewhere
if own_only then
  local mine, flights, idle_of = { ready = 0, promised = 0, busy = 0, paused = 0, flight = 0 }, {}, {}
  local floors = call('HGETALL', KEYS[7])
  for i = 1, #floors, 2 do
    local bar = string.find(floors[i], '|', 1, true)
    local holder, what = string.sub(floors[i], 1, bar - 1), string.sub(floors[i], bar + 1)
    if holder == sidecar then mine[what] = tonumber(floors[i + 1])
    elseif what == 'flight' then flights[holder] = tonumber(floors[i + 1])
    elseif what == 'ready' then idle_of[holder] = tonumber(floors[i + 1])
    end
  end
  in_flight, promised = mine.flight + (flights[''] or 0), mine.promised
  ready, logged_in = mine.ready + promised, mine.ready + promised + mine.busy + mine.paused
  if standing and (owner == sidecar or owner == '') then in_flight = in_flight - 1 end
  elsewhere = 0
  for holder, flight in pairs(flights) do
    if holder ~= '' then elsewhere = elsewhere + math.max(0, flight - (idle_of[holder] or 0)) end
  end
else
  in_flight = standing and flying - 1 or flying
  local agents = call('HMGET', KEYS[6], 'n:ready', 'n:promised', 'n:busy', 'n:paused')
  promised = tonumber(agents[2] or 0)
  ready = tonumber(agents[1] or 0) + promised
  logged_in = ready + tonumber(agents[3] or 0) + tonumber(agents[4] or 0)
end

-- How far above the ceiling when the next so many results are all drops.
local ceiling = tonumber(ARGV[9])
local function excess(a, d, exposed)
  return 10000 * (d + exposed) - ceiling * (a + exposed)
end

local admission
local lines = in_flight + 1
local idle = math.max(0, ready - promised)
if logged_in == 0 then
  admission = 'no_agent'
elseif lines <= idle then
  admission = 'progressive'
elseif ARGV[10] == '1' then
  admission = 'over_dialing_barred'
elseif not rebuilt then
  admission = 'drop_budget_spent'
elseif excess(today_a, today_d, 0) <= 0 and excess(block_a, block_d, 0) <= 0
   and excess(today_a, today_d, lines - idle + (elsewhere or 0)) <= 0
   and excess(block_a, block_d, lines - idle + (elsewhere or 0)) <= 0 then
  admission = 'overdial'
else
  admission = 'drop_budget_spent'
end

-- Limits: `reachedLimit` of src/domain/dial-limits.ts, word for word.
local lines_max, per_second, pace_max = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local limit, limit_max = '', 0
if not standing then
  local opened = per_second and call('ZCOUNT', KEYS[8], '(' .. string.format('%.0f', at - 1000), '+inf') or 0
  local open = flying + 1
  if lines_max and open > lines_max then
    limit, limit_max = 'lines', lines_max
  elseif per_second and opened >= per_second then
    limit, limit_max = 'calls_per_second', per_second
  elseif pace_max and admission == 'overdial' and open > pace_max then
    limit, limit_max = 'pace', pace_max
  end
end

local max = tonumber(ARGV[6])
local admitted = not standing and state ~= 'ended' and not dropped and (admission == 'progressive' or admission == 'overdial')
  and limit == ''
-- Where this adds the call, none of those that were counted is its own.
local new = commit and admitted and placed < max and call('ZADD', KEYS[1], 'NX', at, call_id) == 1
if not new and placed > 0 then
  local own = call('ZSCORE', KEYS[1], call_id)
  if own and tonumber(own) >= tonumber(since) then placed = placed - 1 end
end

-- More than a dialer asks: from then on the reservation stands until its lease or its result ends it.
local CLAIMS_MAX = 40
-- One asking in so many clears away what is too old to count in any window: it only takes room.
local CLEARED_EACH = 16
local kind = 'refused'
if standing then
  kind = 'standing'
  if commit then
    local fields, claimed = call('HKEYS', KEYS[3]), false
    for _, field in ipairs(fields) do claimed = claimed or string.sub(field, 1, 3) == 'by:' end
    -- Nobody's claim: reserved by a sidecar that knew of none. It stands, whatever becomes of this asking.
    call('HSET', KEYS[3], 'by:' .. (claimed and #fields < CLAIMS_MAX and claim or '*'), 1)
  end
elseif state == 'ended' then
  kind = 'ended'
elseif admitted and placed < max then
  kind = 'reserved'
  if commit then
    if not new then call('ZADD', KEYS[1], at, call_id) end
    if at % CLEARED_EACH == 0 then call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', at - ARGV[7])) end
    call('PEXPIRE', KEYS[1], ARGV[7])
    call('ZADD', KEYS[5], ARGV[17], call_id)
    if per_second then
      call('ZREMRANGEBYSCORE', KEYS[8], '-inf', string.format('%.0f', at - 1000))
      call('ZADD', KEYS[8], at, call_id)
      call('PEXPIRE', KEYS[8], 2000)
    end
    -- A line for which any sidecar's agent may be needed is none's in particular.
    local holder = own_only and sidecar or ''
    call('HINCRBY', KEYS[7], holder .. '|flight', 1)
    call('HSET', KEYS[3], 'state', 'flight', 'campaign', campaign, 'attempts', KEYS[1], 'dropped', KEYS[2], 'owner', holder,
      'by:' .. claim, 1)
  end
end

return { kind .. ' ' .. admission .. ' ' .. limit, placed, dropped or -1, today_a, today_d, block_a, block_d, in_flight, ready, promised,
  rebuilt and 1 or 0, whole and 1 or 0, logged_in, elsewhere or -1, limit_max }
