/* What the bench finds in reports, as the daemon would. */
#include "../src/testing/testing.h"
#include "redwasp_test.h"

/* A plan with the summary `latency` and the late prefix `late_`. */
static rw_plan *planned(void) {
    rw_plan *plan = rw_alloc(sizeof *plan);
    (void)rw_plan_summary(plan, "latency", "", RW_NONE);
    rw_plan_late_prefix(plan, "late_");
    return plan;
}

static const char *fault(rw_plan *plan, const abi_report *report) {
    abi_plan finished;
    rw_plan_finish(plan, rw_str(""), &finished);
    const char *wrong = rw_check_report(&finished, report, 10000);
    return wrong ? wrong : "";
}

static const char *fault_of_sample(uint32_t family, rw_list labels) {
    abi_sample sample = {family, labels, 1};
    return fault(planned(), &(abi_report){.samples = {&sample, 1}});
}

/* Of a histogram that counted 2 values. */
static const char *fault_of_buckets(const rw_bucket *buckets, size_t count) {
    rw_plan *plan = planned();
    (void)rw_plan_gauge_histogram(plan, "sizes", "", RW_NONE);
    abi_bucketed histogram = {1, RW_NONE, {buckets, count}, 1, 2};
    return fault(plan, &(abi_report){.histograms = {&histogram, 1}});
}

static const char *fault_of_summary(uint32_t family, double first, double second) {
    rw_plan *plan = planned();
    (void)rw_plan_gauge(plan, "gauge", "", RW_NONE);
    rw_quantile quantiles[] = {{first, 1}, {second, 1}};
    abi_quantiled summary = {family, RW_NONE, {quantiles, 2}, 1, 2};
    return fault(plan, &(abi_report){.summaries = {&summary, 1}});
}

RW_TEST(samples_fit_their_families) {
    RW_CHECK_TEXT(fault_of_sample(1, RW_NONE), "a sample of family 1, of 1");
    RW_CHECK_TEXT(fault_of_sample(0, RW_LIST("x")), "family \"redis_latency\": 1 label values for 0 label names");
    RW_CHECK_TEXT(fault_of_sample(0, RW_NONE), "family \"redis_latency\": a single value for a histogram or a summary");
    abi_bucketed histogram = {0, RW_NONE, {NULL, 0}, 0, 0};
    RW_CHECK_TEXT(fault(planned(), &(abi_report){.histograms = {&histogram, 1}}),
                  "family \"redis_latency\": a histogram or a summary for a family of single values");
}

RW_TEST(buckets_ascend_and_are_cumulative) {
    const double infinity = __builtin_inf(), nan = __builtin_nan("");
    const rw_bucket taken[][2] = {{{1, 1}, {2, 2}}, {{1, 1}, {infinity, 2}}, {{-infinity, 0}, {1, 1}}};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) RW_CHECK_TEXT(fault_of_buckets(taken[i], 2), "");
    RW_CHECK_TEXT(fault_of_buckets(NULL, 0), "");
    RW_CHECK_TEXT(fault_of_buckets((rw_bucket[]){{infinity, 2}}, 1), "");
    const char *told = "family \"redis_sizes\": buckets are not ascending and cumulative";
    const rw_bucket wrong[][2] = {{{1, 1}, {1, 2}},        {{1, 2}, {2, 1}},        {{1, 1}, {2, 3}},
                                  {{1, 1}, {nan, 2}},      {{1, 1}, {infinity, 1}}, {{1, 1}, {infinity, 3}},
                                  {{1, 3}, {infinity, 2}}, {{nan, 1}, {1, 2}},      {{infinity, 2}, {infinity, 2}}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) RW_CHECK_TEXT(fault_of_buckets(wrong[i], 2), told);
    const rw_bucket alone[] = {{nan, 1}, {infinity, 1}, {1, 3}};
    for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++) RW_CHECK_TEXT(fault_of_buckets(&alone[i], 1), told);
}

RW_TEST(a_state_has_at_most_64_kib) {
    char *bytes = rw_alloc(65537);
    RW_CHECK_TEXT(fault(planned(), &(abi_report){.state = {1, {bytes, 65536}}}), "");
    RW_CHECK_TEXT(fault(planned(), &(abi_report){.state = {1, {bytes, 65537}}}),
                  "a state of 65537 bytes, more than the 65536 allowed (limits.state)");
}

RW_TEST(quantiles_ascend) {
    RW_CHECK_TEXT(fault_of_summary(0, 0.5, 0.9), "");
    RW_CHECK_TEXT(fault_of_summary(0, 0.9, 0.5), "family \"redis_latency\": quantiles are not ascending");
    RW_CHECK_TEXT(fault_of_summary(1, 0.5, 0.9),
                  "family \"redis_gauge\": a histogram or a summary for a family of single values");
}

static const char *fault_of_samples(rw_list labels, const abi_sample *samples, size_t count) {
    rw_plan *plan = planned();
    (void)rw_plan_gauge(plan, "orders", "", labels);
    (void)rw_plan_gauge(plan, "others", "", labels);
    return fault(plan, &(abi_report){.samples = {samples, count}});
}

RW_TEST(a_series_that_is_given_twice_is_told) {
    rw_list names = RW_LIST("status", "a1", "a");
    rw_list open = RW_LIST("open", "1", "\n"), fresh = RW_LIST("new", "1", "\"");
    const abi_sample samples[] = {{1, open, 1}, {1, fresh, 1}, {2, fresh, 1}, {1, fresh, 2}, {1, open, 2}};
    RW_CHECK_TEXT(fault_of_samples(names, samples, 3), "");
    RW_CHECK_TEXT(fault_of_samples(names, samples, 5),
                  "family \"redis_orders\": the series {a=\"\\\"\",a1=\"1\",status=\"new\"} is given twice; "
                  "the daemon keeps the first");
    const abi_sample bare[] = {{1, RW_NONE, 1}, {1, RW_NONE, 1}};
    RW_CHECK_TEXT(fault_of_samples(RW_NONE, bare, 2),
                  "family \"redis_orders\": the series is given twice; the daemon keeps the first");
}

RW_TEST(a_histogram_or_a_summary_that_is_given_twice_is_told) {
    rw_plan *plan = planned();
    (void)rw_plan_histogram(plan, "sizes", "", RW_LIST("status"));
    rw_list fresh = RW_LIST("new"), open = RW_LIST("open");
    abi_bucketed sizes[] = {{1, fresh, {NULL, 0}, 0, 0}, {1, open, {NULL, 0}, 0, 0}, {1, fresh, {NULL, 0}, 0, 0}};
    abi_quantiled latency[] = {{0, RW_NONE, {NULL, 0}, 0, 0}, {0, RW_NONE, {NULL, 0}, 0, 0}};
    RW_CHECK_TEXT(fault(plan, &(abi_report){.histograms = {sizes, 2}, .summaries = {latency, 1}}), "");
    RW_CHECK_TEXT(fault(plan, &(abi_report){.histograms = {sizes, 3}}),
                  "family \"redis_sizes\": the series {status=\"new\"} is given twice; the daemon keeps the first");
    RW_CHECK_TEXT(fault(plan, &(abi_report){.summaries = {latency, 2}}),
                  "family \"redis_latency\": the series is given twice; the daemon keeps the first");
}

RW_TEST(late_summaries_go_on_after_the_families_of_the_plan) {
    rw_report report = {0};
    rw_summary late = rw_report_late_summary(&report, "late_seconds", "", RW_NONE);
    rw_report_summary(&report, late, RW_NONE, ((rw_quantile[]){{0.5, 1}}), 1, 3, 2);
    RW_CHECK(!report.misuse && report.summaries.count == 1);
    RW_CHECK(((const abi_family *)report.late.items)->kind == RW_SUMMARY);
}

RW_TEST(booleans_and_sets_are_replies) {
    rw_reply reply;
    RW_CHECK(!rw_decode(rw_resp_set(RW_LIST(rw_resp_boolean(true), rw_resp_boolean(false))), &reply));
    RW_CHECK(reply.kind == RW_REPLY_SET && reply.items.count == 2);
    RW_CHECK(reply.items.data[0].kind == RW_REPLY_BOOLEAN && reply.items.data[0].boolean);
    RW_CHECK(reply.items.data[1].kind == RW_REPLY_BOOLEAN && !reply.items.data[1].boolean);
}
