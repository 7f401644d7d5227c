-- Lets one action go, or says why not. The last moment before words leave in the brand's name.
-- KEYS: 1 actions 2 due 3 conversation 4 contact 5 head of the conversation 6 head of the contact 7 control
-- ARGV: 1 action 2 'on' when the account is live 3 fingerprint 4 account 5 contact
-- Returns {'go', record} | {'wait', why[, until ms]} | {'refused', why} | {'gone'}
local function later(a, b)
  if not a or a == '' then return false end
  if not b or b == '' then return true end
  local am, as = string.match(a, '^(%d+)-(%d+)$')
  local bm, bs = string.match(b, '^(%d+)-(%d+)$')
  if tonumber(am) ~= tonumber(bm) then return tonumber(am) > tonumber(bm) end
  return tonumber(as) > tonumber(bs)
end

local raw = redis.call('HGET', KEYS[1], ARGV[1])
if not raw then return {'gone'} end
local a = cjson.decode(raw)
if a.state ~= 'pending' then return {'gone'} end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if now < tonumber(a.earliest) then return {'wait', 'early', a.earliest} end

local control = redis.call('HMGET', KEYS[7], 'stop', 'pause:' .. ARGV[4], 'pause:' .. ARGV[5])
if control[1] then return {'wait', 'stopped'} end
for i = 2, 3 do
  local pause = control[i]
  if pause and (pause == 'reconnect' or tonumber(pause) > now) then return {'wait', 'paused', pause} end
end
if ARGV[2] ~= 'on' then return {'refused', 'not_live'} end

local conv = redis.call('HMGET', KEYS[3], 'owner', 'assignee', 'inflight')
if later(redis.call('GET', KEYS[5]), a.upto) then return {'wait', 'stale'} end
local contact = redis.call('HMGET', KEYS[4], 'out', 'upto')
local said = redis.call('GET', KEYS[6])
if later(said, a.upto) and later(said, contact[2]) then return {'wait', 'stale'} end
if a.author == 'bot' then
  if conv[1] ~= 'bot' then return {'refused', 'human_owns'} end
  if a.purpose ~= 'opt_out' and contact[1] == '1' then return {'refused', 'opted_out'} end
elseif conv[1] == 'agent' and conv[2] ~= a.author then
  return {'refused', 'taken_over'}
end
if a.after ~= '' then
  local before = redis.call('HGET', KEYS[1], a.after)
  if before then
    local state = cjson.decode(before).state
    if state ~= 'sent' and state ~= 'cancelled' then return {'wait', 'after'} end
  end
end
if conv[3] and conv[3] ~= '' then return {'wait', 'busy'} end

a.state = 'inflight'
a.attempted = tostring(now)
a.attempts = a.attempts + 1
a.fingerprint = ARGV[3]
local record = cjson.encode(a)
redis.call('HSET', KEYS[1], ARGV[1], record)
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[3], 'inflight', ARGV[1])
redis.call('HINCRBY', KEYS[3], 'v', 1)
return {'go', record}
