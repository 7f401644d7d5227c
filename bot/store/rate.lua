-- One token of a rate (GCRA, the server's clock). KEYS: rate. ARGV: ms between tokens, burst allowance ms, '1' to give back.
-- Returns 0 when taken, else the ms to wait.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local each, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local tat = tonumber(redis.call('GET', KEYS[1]) or now)
if ARGV[3] == '1' then
  redis.call('SET', KEYS[1], string.format('%.3f', tat - each), 'PX', math.ceil(burst + each) + 1)
  return 0
end
if tat < now then tat = now end
if tat - now > burst - each then return math.ceil(tat - now - burst + each) end
redis.call('SET', KEYS[1], string.format('%.3f', tat + each), 'PX', math.ceil(burst + each) + 1)
return 0
