-- Everything that follows from one event, at once or not at all, and only once.
-- KEYS: 1 events 2 conversation 3 contact 4 actions 5 due 6 timers 7 relay 8 turns 9 ledger 10 tip 11 counters
--       12 waiting 13 notices 14 notices due 15 result 16 dead
-- ARGV: 1 group, 2 the writing as JSON (see store/redis.py: Writing). Values to be kept are strings in it, never decoded.
-- Returns 'ok', 'done' (committed before: nothing written) or 'conflict' (changed meanwhile: nothing written).
local w = cjson.decode(ARGV[2])
if w.stream_id ~= '' and #redis.call('XPENDING', KEYS[1], ARGV[1], w.stream_id, w.stream_id, 1) == 0 then
  return 'done'
end
if w.conversation and (redis.call('HGET', KEYS[2], 'v') or '0') ~= w.conversation.version then return 'conflict' end
if w.contact and (redis.call('HGET', KEYS[3], 'v') or '0') ~= w.contact.version then return 'conflict' end
if w.ledger and (redis.call('GET', KEYS[10]) or w.ledger.genesis) ~= w.ledger.previous then return 'conflict' end

if w.conversation then
  local c = w.conversation
  redis.call('HSET', KEYS[2], 'v', c.next, 'owner', c.owner, 'assignee', c.assignee, 'acts', c.acts,
             'inflight', c.inflight, 'body', c.body)
  redis.call('EXPIRE', KEYS[2], w.keep_s)
end
if w.contact then
  local c = w.contact
  redis.call('HSET', KEYS[3], 'v', c.next, 'out', c.out, 'upto', c.upto, 'body', c.body)
  if c.out == '1' then redis.call('PERSIST', KEYS[3]) else redis.call('EXPIRE', KEYS[3], w.keep_s) end
end
for _, r in ipairs(w.records) do
  redis.call('HSET', KEYS[4], r.id, r.record)
  if r.due ~= '' then redis.call('ZADD', KEYS[5], r.due, r.id) else redis.call('ZREM', KEYS[5], r.id) end
end
for _, id in ipairs(w.dropped) do
  redis.call('HDEL', KEYS[4], id)
  redis.call('ZREM', KEYS[5], id)
end
for _, t in ipairs(w.timers) do redis.call('ZADD', KEYS[6], t.at, t.event) end
for _, r in ipairs(w.relay) do redis.call('XADD', KEYS[7], '*', 'e', r) end
if w.turn then
  redis.call('RPUSH', KEYS[8], w.turn)
  redis.call('LTRIM', KEYS[8], -50, -1)
  redis.call('EXPIRE', KEYS[8], w.turns_s)
end
if w.ledger then
  redis.call('XADD', KEYS[9], '*', 'e', w.ledger.entry)
  redis.call('SET', KEYS[10], w.ledger.digest)
end
for name, n in pairs(w.counters) do redis.call('HINCRBY', KEYS[11], name, n) end
if w.waiting then
  if w.waiting == '' then redis.call('HDEL', KEYS[12], w.subject) else redis.call('HSET', KEYS[12], w.subject, w.waiting) end
end
if w.notice then
  if w.notice == '' then
    redis.call('HDEL', KEYS[13], w.subject)
    redis.call('ZREM', KEYS[14], w.subject)
  else
    redis.call('HSET', KEYS[13], w.subject, w.notice)
    redis.call('ZADD', KEYS[14], w.notice_due, w.subject)
  end
end
if w.result then
  redis.call('RPUSH', KEYS[15], w.result)
  redis.call('EXPIRE', KEYS[15], w.result_s)
end
if w.dead then redis.call('HSET', KEYS[16], w.dead.id, w.dead.letter) end
if w.stream_id ~= '' then
  redis.call('XACK', KEYS[1], ARGV[1], w.stream_id)
  redis.call('XDEL', KEYS[1], w.stream_id)
end
if w.subject ~= '' then redis.call('PUBLISH', w.feed, w.subject) end
return 'ok'
