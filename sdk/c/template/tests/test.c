/* Tests without a daemon: canned replies in, a page of metrics out. */
#include "collector.h"
#include "redwasp_test.h"

static rw_bench *server_with(const char *info) {
    rw_bench *bench = rw_bench_new(rw_test_server("redis", "7.0.15"));
    rw_bench_reply(bench, "INFO ALL", rw_resp_bulk(info));
    return bench;
}

RW_TEST(the_ratio_is_the_part_of_lookups_that_found_their_key) {
    rw_bench *bench = server_with("# Stats\r\nkeyspace_hits:3\r\nkeyspace_misses:1\r\n");
    rw_result *result = rw_bench_collect(bench, &{{name_snake}}, "{}");
    RW_CHECK_TEXT(rw_result_text(result, "redis"),
                  "# HELP redis_{{name_snake}}_hit_ratio "
                  "Part of the lookups that found their key since the server began, 0 to 1.\n"
                  "# TYPE redis_{{name_snake}}_hit_ratio gauge\n"
                  "redis_{{name_snake}}_hit_ratio 0.75\n");
}

RW_TEST(with_too_few_lookups_there_is_no_sample) {
    rw_bench *bench = server_with("keyspace_hits:3\r\nkeyspace_misses:1\r\n");
    const char *name = "{{name_snake}}_hit_ratio";
    RW_CHECK_NO_VALUE(rw_bench_collect(bench, &{{name_snake}}, "{\"minimum_lookups\": 5}"), name, RW_NONE);
    RW_CHECK_VALUE(rw_bench_collect(bench, &{{name_snake}}, "{\"minimum_lookups\": 4}"), name, RW_NONE, 0.75);
}

RW_TEST(a_server_that_counts_no_lookups_is_not_a_fault) {
    rw_result *result = rw_bench_collect(server_with("# Server\r\nredis_version:7.0.15\r\n"), &{{name_snake}}, "{}");
    RW_CHECK(rw_result_outcome(result) == RW_FAILED && rw_result_is_not_applicable(result));
    RW_CHECK_TEXT(rw_result_why(result), "INFO has no keyspace_hits");
}

RW_TEST(a_denial_is_told) {
    rw_bench *bench = rw_bench_new(rw_test_server("redis", "7.0.15"));
    rw_bench_denied(bench, "INFO ALL");
    rw_result *result = rw_bench_collect(bench, &{{name_snake}}, "{}");
    RW_CHECK(rw_result_outcome(result) == RW_FAILED);
    RW_CHECK_TEXT(rw_result_why(result), "INFO ALL is not granted");
}

RW_TEST(a_wrong_configuration_is_told_with_its_places) {
    rw_bench *bench = rw_bench_new(rw_test_server("redis", "7.0.15"));
    rw_result *result = rw_bench_collect(bench, &{{name_snake}}, "{\"minimum_lookups\": \"many\", \"lookups\": 1}");
    RW_CHECK(rw_result_outcome(result) == RW_REFUSED);
    RW_CHECK_PROBLEM(result, "/minimum_lookups", "expected an integer, found a string");
    RW_CHECK_PROBLEM(result, "/lookups", "there is no such key");
}
