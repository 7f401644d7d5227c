-- Keeps an event once. KEYS: events, seen, head of the conversation, head of the contact.
-- ARGV: seen lifetime s, event, supersedes '1'|'0' for the conversation, the same for the contact, head lifetime s.
-- Returns the stream id, or false for an event seen before.
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1]) then return false end
local id = redis.call('XADD', KEYS[1], '*', 'e', ARGV[2])
if ARGV[3] == '1' then redis.call('SET', KEYS[3], id, 'EX', ARGV[5]) end
if ARGV[4] == '1' then redis.call('SET', KEYS[4], id, 'EX', ARGV[5]) end
return id
