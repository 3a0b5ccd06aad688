/* Faults of authors, which are told instead of going on with something wrong. */
#include "../src/testing/testing.h"
#include "redwasp_test.h"
#include "traps.h"

/* What the collector does wrong. */
static const char *deed;

struct prepared {
    rw_family family, not_declared;
    rw_histogram no_histogram;
    rw_prefetched not_planned;
    rw_swept sweep, no_sweep;
    rw_read no_read;
};

static bool is_deed(const char *name) { return strcmp(deed, name) == 0; }

static rw_error *wrong(const char *where) {
    if (!is_deed(where)) return NULL;
    return rw_invalid(rw_invalid(NULL, "/a", "is %d", 1), "", "is empty");
}

static rw_error *configure(const void *config, const rw_server *server, rw_plan *plan, void *value) {
    struct prepared *prepared = value;
    (void)config, (void)server;
    prepared->family = rw_plan_gauge(plan, "first", "", RW_NONE);
    (void)rw_plan_prefetch(plan, rw_command_of("PING", RW_NONE));
    if (is_deed("no sweep")) return NULL;
    prepared->sweep = rw_plan_sweep(plan, (rw_sweep){.pattern = rw_str("*")});
    rw_key_read read = {RW_LIST("GET"), RW_NONE, RW_NONE};
    (void)rw_plan_read(plan, prepared->sweep, read);
    if (is_deed("plan read")) (void)rw_plan_read(plan, prepared->no_sweep, read);
    if (is_deed("plan read beyond")) (void)rw_plan_read(plan, (rw_swept){7}, read);
    return NULL;
}

static rw_error *collect(const void *value, const rw_request *request, rw_report *report) {
    const struct prepared *prepared = value;
    rw_reply reply;
    rw_bytes bytes;
    RW_TRY(wrong("collect"));
    if (is_deed("family")) rw_report_set(report, prepared->not_declared, RW_NONE, 1);
    if (is_deed("histogram")) rw_report_histogram_of(report, prepared->no_histogram, RW_NONE, NULL, 0, 0, 0);
    if (is_deed("reply")) RW_TRY(rw_request_reply(request, prepared->not_planned, &reply));
    if (is_deed("bytes")) RW_TRY(rw_request_bytes(request, prepared->not_planned, &bytes));
    return NULL;
}

static rw_error *begin(const void *prepared, const rw_request *request, void *run) {
    (void)prepared, (void)request, (void)run;
    return wrong("begin");
}

static rw_error *page(const void *value, void *run, const rw_request *request, const rw_page *page) {
    const struct prepared *prepared = value;
    bool is_there;
    rw_reply reply;
    (void)run, (void)request;
    RW_CHECK(rw_page_is(page, prepared->sweep) && !rw_page_is(page, prepared->no_sweep));
    if (is_deed("read")) RW_TRY(rw_key_reply(rw_page_key(page, 0), prepared->no_read, &is_there, &reply));
    return wrong("page");
}

static rw_error *end(const void *prepared, void *run, bool complete, rw_report *report) {
    static const uint32_t state = 1;
    static const rw_type state_type = RW_PLAIN(uint32_t);
    (void)prepared, (void)run, (void)complete;
    if (is_deed("keep")) rw_report_keep(report, &state_type, &state);
    if (is_deed("save")) rw_report_save(report, rw_str("state"));
    return wrong("end");
}

static const rw_collector faulty = {
    .name = "faulty",
    .version = "1.2.3",
    .summary = "",
    .prepared = RW_PLAIN(struct prepared),
    .configure = configure,
    .collect = collect,
    .begin = begin,
    .page = page,
    .end = end,
};

static rw_bench *redis(void) {
    rw_bench *bench = rw_bench_new(rw_test_server("redis", "7.0.15"));
    rw_bench_key(bench, 0, "k", "string");
    return bench;
}

static const char *collected(const char *name) {
    deed = name;
    return rw_result_why(rw_bench_collect(redis(), &faulty, "{}"));
}

static const char *swept(const rw_collector *collector, const char *name) {
    deed = name;
    return rw_result_why(rw_bench_sweep(redis(), collector, "{}"));
}

RW_TEST(a_handle_of_nothing_is_told) {
    RW_CHECK_HAS(collected("family"), "a family that was not declared");
    RW_CHECK_HAS(collected("histogram"), "a family that was not declared");
    const char *not_planned = "a reply to a command that was not planned: was its handle prepared?\n  at ";
    RW_CHECK_HAS(collected("reply"), not_planned);
    RW_CHECK_HAS(collected("bytes"), not_planned);
    RW_CHECK_HAS(swept(&faulty, "read"), "a read that the sweep does not have: was its handle prepared?\n  at ");
    RW_CHECK_TEXT(collected("plan read"), "a read of a sweep that was not planned");
    RW_CHECK_TEXT(collected("plan read beyond"), "a read of a sweep that was not planned");
    RW_CHECK_TEXT(collected(""), "");
    RW_CHECK_TEXT(swept(&faulty, ""), "");
}

RW_TEST(problems_outside_of_configure_are_told) {
    const char *told = "the configuration is wrong: /a: is 1; is empty";
    RW_CHECK_HAS(collected("collect"), told);
    const char *const functions[] = {"begin", "page", "end"};
    for (size_t i = 0; i < 3; i++) RW_CHECK_HAS(swept(&faulty, functions[i]), told);
}

RW_TEST(a_state_that_a_walk_keeps_is_told) {
    const char *told = "a walk keeps no state: rw_report_keep and rw_report_save are for `collect`";
    RW_CHECK_TEXT(swept(&faulty, "keep"), told);
    RW_CHECK_TEXT(swept(&faulty, "save"), told);
}

RW_TEST(a_sweep_without_the_functions_for_it_is_told) {
    rw_collector lame = faulty;
    lame.end = NULL;
    RW_CHECK_TEXT(swept(&lame, ""), "the plan has a sweep, and the collector has no function `end`");
    RW_CHECK_TEXT(swept(&lame, "no sweep"), "the collector has no function `end`");
    lame.page = NULL;
    RW_CHECK_TEXT(swept(&lame, ""), "the plan has a sweep, and the collector has no function `page`");
    deed = "";
    RW_CHECK(rw_result_outcome(rw_bench_collect(redis(), &lame, "{}")) == RW_REFUSED);
    lame.configure = NULL;
    RW_CHECK_TEXT(swept(&lame, ""), "the collector has no function `configure`");
}

static void takes_a_key_too_many(void) {
    rw_key key = {.name = rw_str("k")};
    rw_page page = {0, &key, 1};
    RW_CHECK_TEXT(rw_key_name(rw_page_key(&page, 0)), "k");
    (void)rw_page_key(&page, 1);
}

RW_TEST(a_key_that_a_page_does_not_have_ends_the_call) { RW_CHECK_TRAP(takes_a_key_too_many); }
