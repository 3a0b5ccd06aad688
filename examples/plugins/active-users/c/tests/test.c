/* Tests without a daemon: canned replies in, a page of metrics out. */
#include "collector.h"
#include "redwasp_test.h"

static rw_bench *redis(void) { return rw_bench_new(rw_test_server("redis", "7.0.15")); }

RW_TEST(each_set_is_counted) {
    rw_bench *bench = redis();
    rw_bench_reply(bench, "SCARD users:human", rw_resp_integer(3));
    rw_bench_reply(bench, "SCARD users:bot", rw_resp_integer(0));
    rw_result *result = rw_bench_collect(bench, &active_users, "{}");
    RW_CHECK_TEXT(rw_result_text(result, "redis"), "# HELP redis_active_users Members of the set of active users.\n"
                                                   "# TYPE redis_active_users gauge\n"
                                                   "redis_active_users{user_type=\"human\"} 3\n"
                                                   "redis_active_users{user_type=\"bot\"} 0\n");
    RW_CHECK(!rw_result_is_partial(result));
}

RW_TEST(a_set_that_cannot_be_read_is_left_out_and_told) {
    rw_bench *bench = redis();
    rw_bench_error(bench, "SCARD users:human",
                   rw_test_server_error("WRONGTYPE", "Operation against a key holding the wrong kind of value"));
    rw_bench_reply(bench, "SCARD users:bot", rw_resp_integer(2));
    rw_result *result = rw_bench_collect(bench, &active_users, "{}");
    RW_CHECK_NO_VALUE(result, "active_users", RW_LIST("human"));
    RW_CHECK_VALUE(result, "active_users", RW_LIST("bot"), 2);
    RW_CHECK(rw_result_is_partial(result) && rw_result_warnings(result).count == 1);
    RW_CHECK_TEXT(rw_result_warnings(result).items[0],
                  "SCARD users:human: WRONGTYPE Operation against a key holding the wrong kind of value");
}

RW_TEST(a_denial_leaves_a_set_out) {
    rw_bench *bench = redis();
    rw_bench_denied(bench, "SCARD users:human");
    rw_bench_timeout(bench, "SCARD users:bot");
    rw_list warnings = rw_result_warnings(rw_bench_collect(bench, &active_users, "{}"));
    RW_CHECK(warnings.count == 2);
    RW_CHECK_TEXT(warnings.items[0], "SCARD users:human: SCARD users:human is not granted");
    RW_CHECK_TEXT(warnings.items[1], "SCARD users:bot: no reply in time");
}

RW_TEST(the_second_set_of_a_type_is_a_problem_and_not_used) {
    rw_bench *bench = redis();
    rw_bench_reply(bench, "SCARD a", rw_resp_integer(1));
    rw_bench_reply(bench, "SCARD b", rw_resp_integer(2));
    rw_result *result =
        rw_bench_collect(bench, &active_users,
                         "{\"sets\": [{\"key\": \"a\", \"type\": \"human\"}, {\"key\": \"b\", \"type\": \"human\"}]}");
    RW_CHECK_PROBLEM(result, "/sets/1/type", "\"human\" is there twice");
    RW_CHECK_VALUE(result, "active_users", RW_LIST("human"), 1);
}

RW_TEST(a_wrong_configuration_is_told_with_its_places) {
    rw_result *result = rw_bench_collect(redis(), &active_users, "{\"sets\": [{\"key\": 1, \"typo\": \"human\"}]}");
    RW_CHECK(rw_result_outcome(result) == RW_REFUSED);
    RW_CHECK_PROBLEM(result, "/sets/0/key", "expected a string, found a number");
    RW_CHECK_PROBLEM(result, "/sets/0/typo", "there is no such key");
    RW_CHECK_PROBLEM(result, "/sets/0", "\"type\" is missing");
}
