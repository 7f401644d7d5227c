-- What is next in a shard: one entry that was delivered before, else new ones. Reads nothing without the lease, so a
-- worker that slept over its lease takes no event away from its successor.
-- KEYS: lease, events. ARGV: worker, group, consumer, count.
-- Returns {'lost'} | {'again', times delivered, {id, fields}} | {'new', {id, fields}...}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost'} end
local left = redis.call('XREADGROUP', 'GROUP', ARGV[2], ARGV[3], 'COUNT', 1, 'STREAMS', KEYS[2], '0')
if left and left[1] and #left[1][2] > 0 then
  local entry = left[1][2][1]
  local pending = redis.call('XPENDING', KEYS[2], ARGV[2], entry[1], entry[1], 1)
  return {'again', pending[1][4], entry}
end
local fresh = redis.call('XREADGROUP', 'GROUP', ARGV[2], ARGV[3], 'COUNT', ARGV[4], 'STREAMS', KEYS[2], '>')
local answer = {'new'}
if fresh then
  for _, entry in ipairs(fresh[1][2]) do answer[#answer + 1] = entry end
end
return answer
