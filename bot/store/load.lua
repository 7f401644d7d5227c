-- A conversation, its contact and the records of the actions it names, at one moment.
-- KEYS: conversation, contact, actions, tip.
local conv = redis.call('HMGET', KEYS[1], 'v', 'body', 'acts')
local contact = redis.call('HMGET', KEYS[2], 'v', 'body')
local records = {}
for id in string.gmatch(conv[3] or '', '%S+') do
  local record = redis.call('HGET', KEYS[3], id)
  if record then records[#records + 1] = record end
end
return {conv[1], conv[2], contact[1], contact[2], records, redis.call('GET', KEYS[4])}
