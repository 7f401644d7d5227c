-- What a shard owes the scheduler now. KEYS: timers, relay, notices due, notices. ARGV: at most so many of each.
-- Returns {due timers, relay entries, {conversation, notice, ...}}
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local timers = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
local relay = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', ARGV[1])
local notices = {}
for _, subject in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  notices[#notices + 1] = subject
  notices[#notices + 1] = redis.call('HGET', KEYS[4], subject) or ''
end
return {timers, relay, notices}
