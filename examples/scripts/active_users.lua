-- Counts users by their type:
--
--   redwasp --script=examples/scripts/active_users.lua
--   redis_active_users{user_type="standard"} 8547
--   redis_active_users{user_type="premium"} 1245
--
-- A list of records becomes metrics with names and labels of their own. cjson.encode has to be called: Redis itself drops
-- all that has a name from a table that a script returns.

local records = {}
for _, user_type in ipairs({"standard", "premium"}) do
  records[#records + 1] = {
    metric = "active_users",
    value = redis.call("SCARD", "users:" .. user_type),
    labels = {user_type = user_type},
  }
end
return cjson.encode(records)
