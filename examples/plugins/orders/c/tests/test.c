/* Tests without a daemon: canned keys and replies in, a page of metrics out. */
#include <stdio.h>

#include "collector.h"
#include "redwasp_test.h"

static rw_bench *redis(void) { return rw_bench_new(rw_test_server("redis", "7.0.15")); }

/* An order; NULL for a field that is missing. */
static void order(rw_bench *bench, const char *key, const char *status, const char *amount) {
    rw_bench_key(bench, 0, key, "hash");
    rw_bench_reply(bench, rw_format("HMGET %s status amount", key),
                   rw_resp_array(RW_LIST(status ? rw_resp_bulk(status) : rw_resp_null(),
                                         amount ? rw_resp_bulk(amount) : rw_resp_null())));
}

RW_TEST(orders_are_counted_and_summed_by_status) {
    rw_bench *bench = redis();
    order(bench, "order:1", "paid", "20");
    order(bench, "order:2", "open", "75.5");
    order(bench, "order:3", "paid", "2000");
    order(bench, "order:4", NULL, "10");
    rw_bench_key(bench, 0, "order:list", "list");
    rw_bench_key(bench, 0, "offer:1", "hash");
    RW_CHECK_TEXT(rw_result_text(rw_bench_sweep(bench, &orders, "{}"), "redis"),
                  "# HELP redis_order_amount Amounts of orders.\n"
                  "# TYPE redis_order_amount histogram\n"
                  "redis_order_amount_bucket{le=\"10\"} 1\n"
                  "redis_order_amount_bucket{le=\"50\"} 2\n"
                  "redis_order_amount_bucket{le=\"100\"} 3\n"
                  "redis_order_amount_bucket{le=\"500\"} 3\n"
                  "redis_order_amount_bucket{le=\"1000\"} 3\n"
                  "redis_order_amount_bucket{le=\"+Inf\"} 4\n"
                  "redis_order_amount_sum 2105.5\n"
                  "redis_order_amount_count 4\n"
                  "# HELP redis_orders Orders by their status.\n"
                  "# TYPE redis_orders gauge\n"
                  "redis_orders{status=\"open\"} 1\n"
                  "redis_orders{status=\"paid\"} 2\n"
                  "redis_orders{status=\"unknown\"} 1\n"
                  "# HELP redis_orders_amount Sum of the amounts of orders by their status.\n"
                  "# TYPE redis_orders_amount gauge\n"
                  "redis_orders_amount{status=\"open\"} 75.5\n"
                  "redis_orders_amount{status=\"paid\"} 2020\n"
                  "redis_orders_amount{status=\"unknown\"} 10\n"
                  "# HELP redis_orders_unreadable Orders whose amount is missing or no number.\n"
                  "# TYPE redis_orders_unreadable gauge\n"
                  "redis_orders_unreadable 0\n");
}

RW_TEST(an_amount_that_is_no_number_is_counted_and_not_summed) {
    rw_bench *bench = redis();
    order(bench, "order:1", "paid", "a lot");
    order(bench, "order:2", "paid", NULL);
    order(bench, "order:3", "paid", "5");
    order(bench, "order:4", "paid", "inf");
    order(bench, "order:5", "paid", "nan");
    rw_result *result = rw_bench_sweep(bench, &orders, "{}");
    RW_CHECK_VALUE(result, "orders", RW_LIST("paid"), 5);
    RW_CHECK_VALUE(result, "orders_amount", RW_LIST("paid"), 5);
    RW_CHECK_VALUE(result, "orders_unreadable", RW_NONE, 4);
    RW_CHECK_HAS(rw_result_text(result, "redis"), "redis_order_amount_count 1\n");
}

RW_TEST(the_statuses_that_come_first_are_told_apart) {
    rw_bench *bench = redis();
    const char *statuses[] = {"c", "b", "a", "c", "d"};
    for (size_t i = 0; i < 5; i++) order(bench, rw_format("order:%zu", i), statuses[i], "1");
    rw_result *result = rw_bench_sweep(bench, &orders, "{\"max_statuses\": 2}");
    RW_CHECK_VALUE(result, "orders", RW_LIST("b"), 1);
    RW_CHECK_VALUE(result, "orders", RW_LIST("c"), 2);
    RW_CHECK_VALUE(result, "orders", RW_LIST("other"), 2);
    RW_CHECK_NO_VALUE(result, "orders", RW_LIST("a"));
}

RW_TEST(unknown_takes_a_place_and_other_is_one_more) {
    rw_bench *bench = redis();
    const char *statuses[] = {NULL, "a", "b"};
    for (size_t i = 0; i < 3; i++) order(bench, rw_format("order:%zu", i), statuses[i], "1");
    rw_result *result = rw_bench_sweep(bench, &orders, "{\"max_statuses\": 2}");
    RW_CHECK_VALUE(result, "orders", RW_LIST("unknown"), 1);
    RW_CHECK_VALUE(result, "orders", RW_LIST("a"), 1);
    RW_CHECK_VALUE(result, "orders", RW_LIST("other"), 1);
}

RW_TEST(statuses_are_in_the_order_of_their_labels) {
    rw_bench *bench = redis();
    const char *statuses[] = {"\xf0\x9f\x98\x80", "\xef\xbd\x9e", "a\xff", "a"};
    for (size_t i = 0; i < 4; i++) order(bench, rw_format("order:%zu", i), statuses[i], "1");
    RW_CHECK_HAS(rw_result_text(rw_bench_sweep(bench, &orders, "{}"), "redis"),
                 "redis_orders{status=\"a\"} 1\n"
                 "redis_orders{status=\"a\\\\xff\"} 1\n"
                 "redis_orders{status=\"\xef\xbd\x9e\"} 1\n"
                 "redis_orders{status=\"\xf0\x9f\x98\x80\"} 1\n");
}

RW_TEST(a_walk_that_ended_early_is_told) {
    rw_bench *bench = redis();
    order(bench, "order:1", "paid", "1");
    rw_bench_cut_short(bench);
    rw_result *result = rw_bench_sweep(bench, &orders, "{}");
    RW_CHECK(rw_result_warnings(result).count == 1);
    RW_CHECK_TEXT(rw_result_warnings(result).items[0], "the walk ended early: 1 orders were seen");
}

RW_TEST(bounds_that_do_not_ascend_are_refused_each) {
    rw_result *result = rw_bench_sweep(redis(), &orders, "{\"buckets\": [100, 50, 60, 0.5]}");
    RW_CHECK(rw_result_outcome(result) == RW_REFUSED);
    RW_CHECK_TEXT(rw_result_why(result),
                  "/buckets/1: 50 is not larger than 100\n/buckets/3: 0.5 is not larger than 60");
    RW_CHECK_PROBLEM(rw_bench_sweep(redis(), &orders, "{\"max_statuses\": 101}"), "/max_statuses",
                     "101 is more than 100");
}

RW_TEST(an_order_that_cannot_be_read_ends_the_walk) {
    const char *read = "HMGET order:1 status amount";
    rw_bench *bench = redis(), *changed = redis();
    rw_bench_key(bench, 0, "order:1", "hash");
    rw_bench_denied(bench, read);
    rw_result *result = rw_bench_sweep(bench, &orders, "{}");
    RW_CHECK(rw_result_outcome(result) == RW_FAILED);
    RW_CHECK_TEXT(rw_result_why(result), "HMGET order:1 status amount is not granted");
    rw_bench_key(changed, 0, "order:1", "hash");
    rw_bench_reply(changed, read, rw_resp_error("WRONGTYPE not a hash"));
    result = rw_bench_sweep(changed, &orders, "{}");
    RW_CHECK(rw_result_outcome(result) == RW_FAILED);
    RW_CHECK_TEXT(rw_result_why(result), "WRONGTYPE not a hash");
}

/* The recording is of a server with six keys; the same file is a test in the other languages. */
RW_TEST(what_was_recorded_is_counted) {
    static char expected[4096];
    FILE *file = fopen("../recording.prom", "rb");
    RW_CHECK(file);
    size_t size = fread(expected, 1, sizeof expected, file);
    fclose(file);
    rw_result *result = rw_bench_sweep(rw_bench_recorded("../recording.json"), &orders, "{}");
    RW_CHECK_TEXT(rw_result_text(result, "redis"), ((rw_bytes){expected, size}));
}

RW_TEST(collect_reports_nothing) {
    rw_result *result = rw_bench_collect(redis(), &orders, "{}");
    RW_CHECK_OK(result);
    RW_CHECK_TEXT(rw_result_text(result, "redis"), "");
}
