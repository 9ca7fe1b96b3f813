"""What Redis runs, each as one step: `memory.py` in Lua, by Redis's own clock.

KEYS are one key's arrivals (a list of milliseconds) and its tokens (a hash by the second);
both are gone by themselves once nothing in them counts.
"""

# ARGV: requests a minute and tokens a minute (-1: no limit), tokens to hold.
# Gives: 1 for refused by requests, 2 by tokens, else 0; requests; ms to wait; tokens; ms to
# wait; the second.
TAKE = """
local time = redis.call('TIME')
local second = tonumber(time[1])
local now = second * 1000 + math.floor(tonumber(time[2]) / 1000)
local requests, tokens, hold = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local refused, count, total, seconds = 0, 0, 0, {}
if requests >= 0 then
  local first = redis.call('LINDEX', KEYS[1], 0)
  while first and tonumber(first) <= now - 60000 do
    redis.call('LPOP', KEYS[1])
    first = redis.call('LINDEX', KEYS[1], 0)
  end
  count = redis.call('LLEN', KEYS[1])
  if count >= requests then refused = 1 end
end
if tokens >= 0 then
  local all = redis.call('HGETALL', KEYS[2])
  for i = 1, #all, 2 do
    local at = tonumber(all[i])
    if at + 61 <= second then
      redis.call('HDEL', KEYS[2], all[i])
    else
      total = total + tonumber(all[i + 1])
      seconds[#seconds + 1] = {at, tonumber(all[i + 1])}
    end
  end
  table.sort(seconds, function(one, other) return one[1] < other[1] end)
  if refused == 0 and total >= tokens then refused = 2 end
end
if refused == 0 then
  if requests >= 0 then
    redis.call('RPUSH', KEYS[1], string.format('%d', now))
    redis.call('PEXPIRE', KEYS[1], 61000)
    count = count + 1
  end
  if tokens >= 0 and hold > 0 then
    redis.call('HINCRBY', KEYS[2], second, hold)
    redis.call('EXPIRE', KEYS[2], 62)
    seconds[#seconds + 1] = {second, hold}
    total = total + hold
  end
end
local requests_wait, tokens_wait = 0, 0
if requests >= 0 and count > 0 then
  local place = math.min(math.max(count - requests, 0), count - 1)
  requests_wait = tonumber(redis.call('LINDEX', KEYS[1], place)) + 60000 - now
end
if tokens >= 0 and #seconds > 0 then
  local over, at = total - tokens, 0
  for i = 1, #seconds do
    at = seconds[i][1]
    over = over - seconds[i][2]
    if over < 0 then break end
  end
  tokens_wait = (at + 61) * 1000 - now
end
return {refused, count, requests_wait, total, tokens_wait, second}
"""

# ARGV: the second the tokens are held in, how many, how many were used.
SETTLE = """
local now = tonumber(redis.call('TIME')[1])
local second, held, used = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local there = tonumber(redis.call('HGET', KEYS[2], second) or '-1')
if there >= 0 and second + 61 > now then
  redis.call('HSET', KEYS[2], second, math.max(there - held, 0))
end
if used > 0 then
  redis.call('HINCRBY', KEYS[2], now, used)
  redis.call('EXPIRE', KEYS[2], 62)
end
return 0
"""
