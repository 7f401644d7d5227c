-- Empties a contact, but for the fact that they opted out. KEYS: contact. ARGV: its id.
local kept = redis.call('HMGET', KEYS[1], 'v', 'out', 'upto')
if not kept[1] then return 0 end
if kept[2] ~= '1' then
  redis.call('DEL', KEYS[1])
  return 1
end
local body = cjson.encode({id = ARGV[1], opted_out = true})
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'v', tostring(tonumber(kept[1]) + 1), 'out', '1', 'upto', kept[3] or '', 'body', body)
return 1
