-- Looks at attempts, lockout and drop budget of one call and, if all hold and ARGV asks for it, reserves: one atomic step.
-- The arithmetic is `admits` of src/domain/drop-budget.ts, word for word; test/conformance/counters.test.ts holds them equal.
--
-- KEYS
--   1 tally     hash: rebuilt (run id of the server), generation, <day>:a live answers, <day>:d drops, earlier (as 20, sum of 13)
--   2 flight    sorted set: call id -> end of lease (ms)
--   3 agents    hash: n:ready, n:promised, n:busy, n:paused counts
--   4 attempts  sorted set of the person: call id -> placed at (ms)
--   5 dropped   string of the person: instant of the last drop (ms)
--   6 call      hash of the call; by:<claim> for each who has asked, by:* for one that nobody takes back
--   7 opened    sorted set: call id -> opened at (ms), of the last second; only where calls per second are limited
--   8.. tally   of the seller's other campaigns: attempts are the seller's, and whole when all of them are rebuilt
--   last: floors  hash: <sidecar>|ready, |promised, |busy, |paused, |flight; calls that any sidecar's agent may be needed for, and those whose
--   sidecar is not known, are under '|flight'
-- ARGV
--   1 commit    1 reserves, 0 only looks
--   2 run id    of the server as the client knows it
--   3 call id   4 campaign id   5 at (ms)   6 attempts max   7 attempts window (ms)   8 lockout (ms)
--   9 ceiling (bp)   10 over-dialing barred (1/0)   11 lease (ms)   12 attempts kept (ms)
--   13 fields of the tally, a JSON array: :a and :d of each day of the block before today; read only where their sum is not known
--   14 lines max   15 calls per second max   16 lines the pacer allows; each '' where there is no such limit
--   17 the sidecar that asks   18 agents of this sidecar only (1/0)   19 claim of this asking
--   20 first day of the block and today, as 2026-11-01/2026-11-23
-- Output
--   kind (standing: reserved by an earlier request of this call id), placed, dropped at or '', today a, today d, block a, block d, in flight, ready, promised, rebuilt, attempts whole,
--   logged in, admission, exposed elsewhere or '', limit reached or '', its value

local commit, run_id, call_id, campaign = ARGV[1] == '1', ARGV[2], ARGV[3], ARGV[4]
local at, max, window, lockout = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local ceiling, barred, lease, kept = tonumber(ARGV[9]), ARGV[10] == '1', tonumber(ARGV[11]), tonumber(ARGV[12])

local placed = redis.call('ZCOUNT', KEYS[4], string.format('%.0f', at - window), '+inf')
local own = placed > 0 and redis.call('ZSCORE', KEYS[4], call_id)
if own and tonumber(own) >= at - window then placed = placed - 1 end

local dropped = redis.call('GET', KEYS[5])
if dropped and tonumber(dropped) < at - lockout then dropped = false end

local period, today = ARGV[20], string.sub(ARGV[20], -10)
local counts = redis.call('HMGET', KEYS[1], 'rebuilt', today .. ':a', today .. ':d', 'earlier')
local rebuilt = counts[1] == run_id
local whole = rebuilt
for i = 8, #KEYS - 1 do
  whole = whole and redis.call('HGET', KEYS[i], 'rebuilt') == run_id
end
local today_a, today_d = tonumber(counts[2] or 0), tonumber(counts[3] or 0)
-- The days of the block before today are summed up once; a result of any other day than today takes the sum away.
local of, earlier_a, earlier_d = string.match(counts[4] or '', '^(%S+) (%d+) (%d+)$')
if of ~= period then
  local fields = cjson.decode(ARGV[13])
  local days = #fields > 0 and redis.call('HMGET', KEYS[1], unpack(fields)) or {}
  earlier_a, earlier_d = 0, 0
  for i = 1, #fields, 2 do
    earlier_a = earlier_a + tonumber(days[i] or 0)
    earlier_d = earlier_d + tonumber(days[i + 1] or 0)
  end
  -- Of a whole tally only: another sidecar may be rebuilding this one.
  if rebuilt then redis.call('HSET', KEYS[1], 'earlier', string.format('%s %.0f %.0f', period, earlier_a, earlier_d)) end
end
local block_a, block_d = today_a + tonumber(earlier_a), today_d + tonumber(earlier_d)

local sidecar, own_only = ARGV[17], ARGV[18] == '1'
local call = redis.call('HMGET', KEYS[6], 'state', 'owner')
local standing = call[1] == 'flight'
local flying = redis.call('ZCARD', KEYS[2])
local in_flight, ready, promised, logged_in, elsewhere
if own_only then
  local floors, raw = {}, redis.call('HGETALL', KEYS[#KEYS])
  for i = 1, #raw, 2 do
    local owner, what = string.match(raw[i], '^(.*)|(%a+)$')
    floors[owner] = floors[owner] or { ready = 0, promised = 0, busy = 0, paused = 0, flight = 0 }
    floors[owner][what] = tonumber(raw[i + 1])
  end
  local none = { ready = 0, promised = 0, busy = 0, paused = 0, flight = 0 }
  local mine, nobodys = floors[sidecar] or none, floors[''] or none
  in_flight, promised = mine.flight + nobodys.flight, mine.promised
  ready, logged_in = mine.ready + promised, mine.ready + promised + mine.busy + mine.paused
  if standing and (call[2] == sidecar or call[2] == '') then in_flight = in_flight - 1 end
  elsewhere = 0
  for owner, floor in pairs(floors) do
    if owner ~= sidecar and owner ~= '' then elsewhere = elsewhere + math.max(0, floor.flight - floor.ready) end
  end
else
  in_flight = standing and flying - 1 or flying
  local agents = redis.call('HMGET', KEYS[3], 'n:ready', 'n:promised', 'n:busy', 'n:paused')
  promised = tonumber(agents[2] or 0)
  ready = tonumber(agents[1] or 0) + promised
  logged_in = ready + tonumber(agents[3] or 0) + tonumber(agents[4] or 0)
end

-- How far above the ceiling when the next so many results are all drops.
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
elseif barred then
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

-- More than a dialer asks: from then on the reservation stands until its lease or its result ends it.
local CLAIMS_MAX = 40
local kind = 'refused'
-- Limits: `reachedLimit` of src/domain/dial-limits.ts, word for word.
local lines_max, per_second, pace_max = tonumber(ARGV[14]), tonumber(ARGV[15]), tonumber(ARGV[16])
local limit, limit_max = '', 0
if not standing then
  local opened = per_second and redis.call('ZCOUNT', KEYS[7], '(' .. string.format('%.0f', at - 1000), '+inf') or 0
  local open = flying + 1
  if lines_max and open > lines_max then
    limit, limit_max = 'lines', lines_max
  elseif per_second and opened >= per_second then
    limit, limit_max = 'calls_per_second', per_second
  elseif pace_max and admission == 'overdial' and open > pace_max then
    limit, limit_max = 'pace', pace_max
  end
end

if standing then
  kind = 'standing'
  if commit then
    local fields, claimed = redis.call('HKEYS', KEYS[6]), false
    for _, field in ipairs(fields) do claimed = claimed or string.sub(field, 1, 3) == 'by:' end
    -- Nobody's claim: reserved by a sidecar that knew of none. It stands, whatever becomes of this asking.
    redis.call('HSET', KEYS[6], 'by:' .. (claimed and #fields < CLAIMS_MAX and ARGV[19] or '*'), 1)
  end
elseif call[1] == 'ended' then
  kind = 'ended'
elseif placed < max and not dropped and (admission == 'progressive' or admission == 'overdial') and limit == '' then
  kind = 'reserved'
  if commit then
    redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', '(' .. string.format('%.0f', at - kept))
    redis.call('ZADD', KEYS[4], at, call_id)
    redis.call('PEXPIRE', KEYS[4], kept)
    redis.call('ZADD', KEYS[2], at + lease, call_id)
    if per_second then
      redis.call('ZREMRANGEBYSCORE', KEYS[7], '-inf', string.format('%.0f', at - 1000))
      redis.call('ZADD', KEYS[7], at, call_id)
      redis.call('PEXPIRE', KEYS[7], 2000)
    end
    -- A line for which any sidecar's agent may be needed is none's in particular.
    local holder = own_only and sidecar or ''
    redis.call('HINCRBY', KEYS[#KEYS], holder .. '|flight', 1)
    redis.call('HSET', KEYS[6], 'state', 'flight', 'campaign', campaign, 'attempts', KEYS[4], 'dropped', KEYS[5], 'owner', holder,
      'by:' .. ARGV[19], 1)
  end
end

return { kind, placed, dropped or '', today_a, today_d, block_a, block_d, in_flight, ready, promised,
  rebuilt and 1 or 0, whole and 1 or 0, logged_in, admission, elsewhere or '', limit, limit_max }
