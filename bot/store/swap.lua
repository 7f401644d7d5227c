-- Replaces an entry of a list, if it is still there as it was read. KEYS: list. ARGV: as it was, as it shall be.
local at = redis.call('LPOS', KEYS[1], ARGV[1])
if not at then return 0 end
redis.call('LSET', KEYS[1], at, ARGV[2])
return 1
