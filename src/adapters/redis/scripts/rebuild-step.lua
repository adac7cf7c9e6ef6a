-- Applies one call as the ledger tells it, once per call id and generation, so that live traffic may go on beside a rebuild.
--
-- KEYS
--   1 tally   2 flight   3 attempts   4 dropped   5 call   6 floors
-- ARGV
--   1 generation   2 call id   3 campaign id   4 placed at (ms)   5 end of lease (ms)   6 attempts kept (ms), 0: too old to keep
--   7 has an outcome (1/0)   8 ended at (ms)   9 live answers   10 drops   11 day   12 settled kept (ms), 0: too old to keep
-- Output
--   1, or 0 when another rebuild has begun meanwhile

if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then return 0 end

if ARGV[6] ~= '0' then
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[2])
  redis.call('PEXPIRE', KEYS[3], ARGV[6])
end

local call = redis.call('HMGET', KEYS[5], 'state', 'generation', 'owner')
if call[1] == 'ended' and call[2] == ARGV[1] then return 1 end

if ARGV[7] == '0' then
  -- Of a call that was forgotten nobody knows the sidecar: for each it may be its own.
  local owner = call[1] == 'flight' and call[3] or ''
  if redis.call('ZADD', KEYS[2], 'NX', ARGV[5], ARGV[2]) == 1 then redis.call('HINCRBY', KEYS[6], owner .. '|flight', 1) end
  redis.call('DEL', KEYS[5])
  -- Its permit is on record: no asker's failure takes it back.
  redis.call('HSET', KEYS[5], 'state', 'flight', 'campaign', ARGV[3], 'attempts', KEYS[3], 'dropped', KEYS[4], 'owner', owner, 'by:*', 1)
  return 1
end

if redis.call('ZREM', KEYS[2], ARGV[2]) == 1 then
  local field = (call[3] or '') .. '|flight'
  if redis.call('HINCRBY', KEYS[6], field, -1) <= 0 then redis.call('HDEL', KEYS[6], field) end
end
redis.call('HDEL', KEYS[1], 'earlier')
if ARGV[9] == '1' then redis.call('HINCRBY', KEYS[1], ARGV[11] .. ':a', 1) end
if ARGV[10] == '1' then
  redis.call('HINCRBY', KEYS[1], ARGV[11] .. ':d', 1)
  if ARGV[6] ~= '0' then
    local last = redis.call('GET', KEYS[4])
    if not last or tonumber(last) < tonumber(ARGV[8]) then redis.call('SET', KEYS[4], ARGV[8]) end
    redis.call('PEXPIRE', KEYS[4], ARGV[6])
  end
end
redis.call('DEL', KEYS[5])
if ARGV[12] ~= '0' then
  redis.call('HSET', KEYS[5], 'state', 'ended', 'campaign', ARGV[3], 'generation', ARGV[1])
  redis.call('PEXPIRE', KEYS[5], ARGV[12])
end
return 1
