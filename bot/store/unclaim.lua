-- Puts an action back that the platform certainly did not accept. KEYS: actions, due, conversation.
-- ARGV: action, attempts at the claim, earliest ms. Returns 1, or 0 when somebody else moved it on meanwhile.
local raw = redis.call('HGET', KEYS[1], ARGV[1])
if not raw then return 0 end
local a = cjson.decode(raw)
if a.state ~= 'inflight' or a.attempts ~= tonumber(ARGV[2]) then return 0 end
a.state = 'pending'
a.earliest = ARGV[3]
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(a))
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
if redis.call('HGET', KEYS[3], 'inflight') == ARGV[1] then redis.call('HSET', KEYS[3], 'inflight', '') end
redis.call('HINCRBY', KEYS[3], 'v', 1)
return 1
