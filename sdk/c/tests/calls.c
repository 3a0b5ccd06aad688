/* Calls of a collector on the bench: reports, states, pipelines, walks, recordings. */
#include <stdio.h>

#include "../src/testing/testing.h"
#include "redwasp_test.h"

/* One collector for all: the configuration says what it does. */
struct config {
    rw_bytes act;
};
static const rw_field config_fields[] = {{RW_STRING(struct config, act), .initial = "\"\""}};

struct prepared {
    struct config config;
    rw_family gauge, labelled;
    rw_histogram histogram;
    rw_summary summary;
    rw_prefetched first, second;
    rw_swept sweep, other;
    rw_read read;
};
static const rw_type config_type = RW_TYPE(struct config, config_fields);
static const rw_field prepared_fields[] = {{RW_STRUCT(struct prepared, config, config_type)}};

struct state {
    uint32_t calls;
};
static const rw_type state_type = RW_PLAIN(struct state);

static rw_error *configure(const void *configuration, const rw_server *server, rw_plan *plan, void *value) {
    const struct config *config = configuration;
    struct prepared *prepared = value;
    if (rw_is(server->role, "sentinel")) return rw_not_applicable("a sentinel has no keys");
    if (rw_is(config->act, "refuse")) return rw_fail("boom %d", 1);
    prepared->config = *config;
    prepared->gauge = rw_plan_gauge(plan, "calls", "", RW_NONE);
    prepared->labelled = rw_plan_counter(plan, "cpu_seconds_total", "", RW_LIST("b", "a"));
    prepared->histogram = rw_plan_histogram(plan, "sizes", "", RW_NONE);
    prepared->summary = rw_plan_summary(plan, "latency", "", RW_NONE);
    prepared->first = rw_plan_prefetch(plan, rw_command_of("PING", RW_NONE));
    prepared->second = rw_plan_prefetch(plan, rw_command_of("PING", RW_NONE));
    rw_plan_late_prefix(plan, "late_");
    rw_plan_ask(plan, RW_LIST("LLEN"), RW_LIST("waiting", "gone"), NULL, 0);
    prepared->sweep = rw_plan_sweep(plan, (rw_sweep){.pattern = rw_str("order:*"), .types = RW_LIST("HASH")});
    prepared->read = rw_plan_read(plan, prepared->sweep, (rw_key_read){RW_LIST("HGET"), RW_LIST("amount"), RW_NONE});
    prepared->other = rw_plan_sweep(plan, (rw_sweep){.database = 1, .pattern = rw_str("*")});
    if (rw_is(config->act, "twice")) rw_plan_gauge(plan, "sizes_count", "", RW_NONE);
    return NULL;
}

static rw_error *ask(const struct prepared *prepared, const rw_request *request, rw_report *report) {
    rw_command commands[] = {rw_command_of("LLEN", RW_LIST("waiting")), rw_command_of("LLEN", RW_LIST("gone"))};
    const rw_replies *replies;
    rw_reply reply;
    int64_t length;
    RW_TRY(rw_request_pipeline(request, commands, 2, &replies));
    RW_TRY(rw_replies_reply(replies, 0, &reply));
    RW_TRY(rw_reply_integer(&reply, &length));
    rw_report_set(report, prepared->gauge, RW_NONE, (double)length);
    rw_error *error = rw_replies_reply(replies, 1, &reply);
    if (error) rw_report_warn(report, "%.*s", RW_ARG(rw_why(error)));
    rw_log_info("asked", RW_FIELDS({rw_str("length"), rw_str(rw_format("%lld", (long long)length))}));
    return NULL;
}

/* Calls are counted, those of nodes too; commands and bytes as well. */
static rw_error *budget(const rw_request *request) {
    const rw_replies *replies;
    const rw_node *nodes;
    size_t count;
    rw_command waiting = rw_command_of("LLEN", RW_LIST("waiting")), many[1024];
    for (size_t i = 0; i < 1024; i++) many[i] = waiting;
    RW_TRY(rw_request_pipeline(request, &waiting, 1, &replies));
    RW_TRY(rw_request_nodes(request, &nodes, &count));
    rw_budget left = rw_request_remaining(request);
    RW_CHECK(left.milliseconds == 2000 && left.calls == 62 && left.commands == 1023 && left.bytes == (16 << 20) - 4);
    rw_error *error = rw_request_pipeline(request, many, 1024, &replies);
    RW_CHECK_TEXT(rw_why(error), "more than 1024 commands in one collect (limits.commands)");
    for (int i = 0; i < 61; i++) RW_TRY(rw_request_nodes(request, &nodes, &count));
    RW_CHECK(rw_request_remaining(request).calls == 0);
    RW_TRY(rw_request_nodes(request, &nodes, &count));
    return NULL;
}

static rw_error *nodes(const rw_request *request, rw_report *report) {
    const rw_node *all;
    size_t count;
    RW_TRY(rw_request_nodes(request, &all, &count));
    for (size_t i = 0; i < count; i++) {
        const rw_node *node = &all[i];
        rw_bytes zone = node->extra.count ? node->extra.items[0].value : rw_str("");
        unsigned last = node->slot_count ? node->slots[node->slot_count - 1].last : 0;
        rw_report_warn(report, "%.*s %.*s %zu %u %.*s", RW_ARG(node->address), RW_ARG(node->role), node->slot_count,
                       last, RW_ARG(zone));
    }
    return NULL;
}

static void late(rw_report *report) {
    rw_family first = rw_report_late(report, RW_GAUGE, "late_a", "One.", RW_NONE);
    rw_family other = rw_report_late(report, RW_GAUGE, "late_b", "", RW_LIST("x"));
    rw_family again = rw_report_late(report, RW_GAUGE, "late_a", "Two.", RW_NONE);
    rw_report_set(report, first, RW_NONE, first.index == again.index);
    rw_report_set(report, other, RW_LIST("\xff"), 2);
}

static rw_error *collect(const void *value, const rw_request *request, rw_report *report) {
    const struct prepared *prepared = value;
    rw_bytes act = prepared->config.act;
    rw_reply reply;
    struct state state = {0};
    if (rw_is(act, "fail")) return rw_fail("no \xff luck");
    if (rw_is(act, "ask")) return ask(prepared, request, report);
    if (rw_is(act, "ask often"))
        for (int i = 0; i < 65; i++) RW_TRY(ask(prepared, request, report));
    if (rw_is(act, "budget")) return budget(request);
    if (rw_is(act, "nodes")) return nodes(request, report);
    if (rw_is(act, "labels")) rw_report_set(report, prepared->labelled, RW_LIST("1"), 1);
    if (rw_is(act, "kind")) rw_report_set(report, (rw_family){prepared->histogram.index}, RW_NONE, 1);
    if (rw_is(act, "handle")) rw_report_set(report, (rw_family){99}, RW_NONE, 1);
    if (rw_is(act, "late")) late(report);
    if (rw_is(act, "other late")) rw_report_late(report, RW_GAUGE, "other", "", RW_NONE);
    if (rw_is(act, "shape")) {
        RW_TRY(rw_request_reply(request, prepared->first, &reply));
        int64_t integer;
        RW_TRY(rw_reply_integer(&reply, &integer));
    }
    if (rw_is(act, "all")) {
        rw_report_set(report, prepared->labelled, RW_LIST("1\n\"", "2"), 0.5);
        rw_report_histogram_of(report, prepared->histogram, RW_NONE, ((rw_bucket[]){{0.5, 1}}), 1, 3, 2);
        rw_report_summary(report, prepared->summary, RW_NONE, ((rw_quantile[]){{0.5, 1}, {0.9, 2}}), 2, 3, 2);
        RW_TRY(rw_request_reply(request, prepared->second, &reply));
        rw_report_set(report, prepared->gauge, RW_NONE, (double)rw_report_series(report));
        return NULL;
    }
    if (rw_is(act, "last bucket")) {
        rw_bucket buckets[] = {{1, 1}, {__builtin_inf(), 2}};
        rw_report_histogram_of(report, prepared->histogram, RW_NONE, buckets, 2, 3, 2);
    }
    if (rw_is(act, "keep")) {
        rw_request_saved(request, &state_type, &state);
        state.calls++;
        rw_report_set(report, prepared->gauge, RW_NONE, state.calls + (double)rw_request_unix_ms(request));
        rw_report_keep(report, &state_type, &state);
    }
    return NULL;
}

struct run {
    double sum;
    size_t others;
    rw_bytes first;
};

static rw_error *begin(const void *prepared, const rw_request *request, void *state) {
    (void)prepared, (void)request;
    ((struct run *)state)->sum = 100;
    return NULL;
}

static rw_error *page(const void *value, void *state, const rw_request *request, const rw_page *page) {
    const struct prepared *prepared = value;
    struct run *run = state;
    (void)request;
    if (rw_page_is(page, prepared->other)) run->others += rw_page_count(page);
    for (size_t i = 0; rw_page_is(page, prepared->sweep) && i < rw_page_count(page); i++) {
        bool is_there;
        rw_reply reply;
        double amount;
        const rw_key *key = rw_page_key(page, i);
        if (!run->first.size) run->first = rw_run_copy(rw_key_name(key));
        RW_TRY(rw_key_reply(key, prepared->read, &is_there, &reply));
        RW_TRY(rw_reply_number(&reply, &amount));
        run->sum += amount;
    }
    return NULL;
}

static rw_error *end(const void *value, void *state, bool complete, rw_report *report) {
    const struct prepared *prepared = value;
    struct run *run = state;
    rw_report_set(report, prepared->gauge, RW_NONE, run->sum + (double)run->others);
    rw_report_set(report, prepared->labelled, RW_LIST(run->first, complete ? "whole" : "cut"), 1);
    return NULL;
}

static const rw_collector acts = {
    .name = "acts",
    .version = "1.0.0",
    .summary = "",
    .config = RW_TYPE(struct config, config_fields),
    .prepared = RW_TYPE(struct prepared, prepared_fields),
    .configure = configure,
    .collect = collect,
    .run_size = sizeof(struct run),
    .begin = begin,
    .page = page,
    .end = end,
};

static rw_bench *redis(void) { return rw_bench_new(rw_test_server("redis", "7.0.15")); }

static rw_result *act_on(rw_bench *bench, const char *act) {
    return rw_bench_collect(bench, &acts, rw_format("{\"act\": \"%s\"}", act));
}

static const char *why(const char *act) { return rw_result_why(act_on(redis(), act)); }

RW_TEST(an_error_has_its_places) {
    RW_CHECK_HAS(why("fail"), "no \\xff luck\n  at ");
    RW_CHECK_HAS(why("fail"), "calls.c:");
    RW_CHECK_TEXT(rw_why(rw_test_server_error("NOAUTH", "")), "NOAUTH");
    rw_bench *bench = redis();
    rw_bench_reply(bench, "PING", rw_resp_array(RW_NONE));
    RW_CHECK_HAS(rw_result_why(act_on(bench, "shape")),
                 "the reply holds an array where an integer was expected\n  at ");
    rw_result *refused = act_on(redis(), "refuse");
    RW_CHECK(rw_result_outcome(refused) == RW_REFUSED);
    const rw_problem *problems;
    RW_CHECK(!rw_result_is_not_applicable(refused) && rw_result_problems(refused, &problems) == 0);
    RW_CHECK(strncmp(rw_result_why(refused), "boom 1\n  at ", 12) == 0);
    rw_server sentinel = rw_test_server("redis", "7.0.15");
    sentinel.role = rw_str("sentinel");
    refused = rw_bench_collect(rw_bench_new(sentinel), &acts, "{}");
    RW_CHECK(rw_result_is_not_applicable(refused));
    RW_CHECK_TEXT(rw_result_why(refused), "a sentinel has no keys");
}

RW_TEST(what_cannot_be_set_is_told_with_the_family) {
    RW_CHECK_HAS(why("labels"), "family \"cpu_seconds_total\" has 2 labels, and was given 1 values\n  at ");
    RW_CHECK_HAS(why("kind"), "family \"sizes\" is a histogram, not a family of single values\n  at ");
    RW_CHECK_HAS(why("handle"), "a family that was not declared");
}

RW_TEST(what_the_daemon_would_not_take_is_told) {
    RW_CHECK_TEXT(why("twice"), "family \"redis_sizes_count\": \"redis_sizes_count\" is declared twice");
    RW_CHECK_TEXT(why("other late"), "late family \"other\" begins with no reserved prefix");
    rw_bench *bench = redis();
    rw_bench_most_series(bench, 1);
    RW_CHECK_TEXT(rw_result_why(act_on(bench, "late")), "2 samples, more than the 1 allowed (limits.samples)");
}

RW_TEST(a_page_has_all_kinds) {
    rw_bench *bench = redis();
    rw_bench_error(bench, "PING", rw_test_error(RW_UNREACHABLE, "gone"));
    rw_bench_reply(bench, "PING", rw_resp_simple("PONG"));
    RW_CHECK_TEXT(rw_result_text(act_on(bench, "all"), "r"),
                  "# HELP r_calls \n# TYPE r_calls gauge\nr_calls 9\n"
                  "# HELP r_cpu_seconds_total \n# TYPE r_cpu_seconds_total "
                  "counter\nr_cpu_seconds_total{a=\"2\",b=\"1\\n\\\"\"} 0.5\n"
                  "# HELP r_latency \n# TYPE r_latency summary\nr_latency{quantile=\"0.5\"} "
                  "1\nr_latency{quantile=\"0.9\"} 2\nr_latency_sum 3\nr_latency_count 2\n"
                  "# HELP r_sizes \n# TYPE r_sizes histogram\nr_sizes_bucket{le=\"0.5\"} "
                  "1\nr_sizes_bucket{le=\"+Inf\"} 2\nr_sizes_sum 3\nr_sizes_count 2\n");
}

RW_TEST(a_last_bucket_that_is_the_count_is_written_once) {
    rw_bench *bench = redis();
    rw_bench_most_series(bench, 4);
    RW_CHECK_TEXT(rw_result_text(act_on(bench, "last bucket"), "r"),
                  "# HELP r_sizes \n# TYPE r_sizes histogram\nr_sizes_bucket{le=\"1\"} "
                  "1\nr_sizes_bucket{le=\"+Inf\"} 2\nr_sizes_sum 3\nr_sizes_count 2\n");
}

RW_TEST(the_unit_is_the_suffix_of_the_name) {
    rw_result *result = act_on(redis(), "");
    RW_CHECK_TEXT(result->plan.families.items[1].unit, "seconds");
    RW_CHECK_TEXT(result->plan.families.items[0].unit, "");
}

RW_TEST(late_families_go_on_after_those_of_the_plan) {
    rw_result *result = act_on(redis(), "late");
    RW_CHECK_VALUE(result, "late_a", RW_NONE, 1);
    RW_CHECK_VALUE(result, "late_b", RW_LIST("\\xff"), 2);
    RW_CHECK(result->report.samples.items[0].family == result->plan.families.count);
    RW_CHECK_HAS(rw_result_text(result, "r"), "# HELP r_late_a One.\n");
}

RW_TEST(what_a_collect_keeps_the_next_one_gets) {
    rw_result *first = act_on(redis(), "keep");
    rw_bench *bench = redis();
    rw_bench_after(bench, first);
    rw_bench_at(bench, 1000);
    rw_result *second = act_on(bench, "keep");
    RW_CHECK_VALUE(first, "calls", RW_NONE, 1);
    RW_CHECK_VALUE(second, "calls", RW_NONE, 1002);
    RW_CHECK_TEXT(bench->state.value.plugin_version, "1.0.0");
    bench->state.value.bytes = rw_str("something else");
    RW_CHECK_VALUE(act_on(bench, "keep"), "calls", RW_NONE, 1001);
}

RW_TEST(what_a_collect_asks_the_bench_answers) {
    rw_bench *bench = redis();
    rw_bench_reply(bench, "LLEN waiting", rw_resp_integer(3));
    rw_result *result = act_on(bench, "ask");
    RW_CHECK_VALUE(result, "calls", RW_NONE, 3);
    RW_CHECK_TEXT(rw_result_warnings(result).items[0], "the bench has no reply to LLEN gone");
    RW_CHECK_TEXT(rw_result_logs(result).items[0], "info asked length=3");
    RW_CHECK_TEXT(rw_result_why(act_on(bench, "ask often")), "more than 64 calls (limits.calls)");
    RW_CHECK_TEXT(why("ask"), "the bench has no reply to LLEN waiting");
}

RW_TEST(what_is_left_of_the_budgets_is_told) {
    rw_bench *bench = redis();
    rw_bench_reply(bench, "LLEN waiting", rw_resp_integer(3));
    RW_CHECK_TEXT(rw_result_why(act_on(bench, "budget")), "more than 64 calls (limits.calls)");
}

RW_TEST(nodes_are_one_or_those_of_the_test) {
    rw_bench *bench = redis();
    RW_CHECK_TEXT(rw_result_warnings(act_on(bench, "nodes")).items[0], "localhost:6379 master 0 0 ");
    rw_slots slots[] = {{0, 5}, {7, 8}};
    rw_pair extra[] = {{rw_str("zone"), rw_str("a")}};
    rw_node node = {
        .address = rw_str("a:1"), .role = rw_str("slave"), .slots = slots, .slot_count = 2, .extra = {extra, 1}};
    rw_bench_nodes(bench, &node, 1);
    RW_CHECK_TEXT(rw_result_warnings(act_on(bench, "nodes")).items[0], "a:1 slave 2 8 a");
}

RW_TEST(a_walk_finds_the_keys_of_its_database_pattern_and_types) {
    rw_bench *bench = redis();
    rw_bench_key(bench, 0, "order:list", "list");
    rw_bench_key(bench, 0, "offer:1", "hash");
    rw_bench_key(bench, 1, "order:1", "hash");
    for (int i = 0; i < 7; i++) {
        rw_bench_key(bench, 0, rw_format("order:%d", i), "hash");
        rw_bench_reply(bench, rw_format("HGET order:%d amount", i), rw_resp_bulk("1.5"));
    }
    rw_result *result = rw_bench_sweep(bench, &acts, "{}");
    RW_CHECK_VALUE(result, "calls", RW_NONE, 100 + 7 * 1.5 + 1);
    RW_CHECK_VALUE(result, "cpu_seconds_total", RW_LIST("order:0", "whole"), 1);
    rw_bench_cut_short(bench);
    RW_CHECK_VALUE(rw_bench_sweep(bench, &acts, "{}"), "cpu_seconds_total", RW_LIST("order:0", "cut"), 1);
}

RW_TEST(patterns_are_those_of_the_servers) {
    struct {
        const char *pattern, *key;
        bool fits;
    } all[] = {
        {"*", "", true},         {"a*c", "abc", true},          {"a*c", "abd", false},  {"a?c", "abc", true},
        {"a?", "a", false},      {"[a-c]x", "bx", true},        {"[c-a]x", "bx", true}, {"[^a-c]x", "bx", false},
        {"[^a-c]x", "dx", true}, {"[\\]]x", "]x", true},        {"a\\*", "a*", true},   {"a\\*", "ab", false},
        {"a", "ab", false},      {"*:[0-9]*", "order:7", true},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (rw_glob(rw_str(all[i].pattern), rw_str(all[i].key)) != all[i].fits)
            rw_test_fail(__FILE__, __LINE__, "%s %s", all[i].pattern, all[i].key);
}

RW_TEST(buckets_count_what_they_are_shown) {
    double bounds[] = {1, 5, 10, __builtin_inf()}, wrong[] = {1, 1}, none[] = {__builtin_nan("")};
    RW_CHECK(!rw_buckets_new(wrong, 2) && !rw_buckets_new(none, 1));
    rw_buckets *buckets = rw_buckets_new(bounds, 4);
    const double shown[] = {0.5, 1, 7, 100};
    for (size_t i = 0; i < 4; i++) rw_buckets_observe(buckets, shown[i]);
    rw_report report = {0};
    *(rw_known *)rw_vector_push(&report.known, sizeof(rw_known)) = (rw_known){RW_HISTOGRAM, 0, rw_str("sizes")};
    rw_report_histogram(&report, (rw_histogram){1}, RW_NONE, buckets);
    const abi_bucketed *made = report.histograms.items;
    RW_CHECK(made->buckets.count == 3 && made->buckets.items[0].count == 2 && made->buckets.items[1].count == 2);
    RW_CHECK(made->buckets.items[2].count == 3 && made->count == 4 && made->sum == 108.5);
    RW_CHECK(rw_buckets_count(buckets) == 4 && rw_buckets_sum(buckets) == 108.5);
}

RW_TEST(a_recording_is_a_server_with_its_replies) {
    FILE *file = fopen("build/recording.json", "w");
    RW_CHECK(file);
    fputs("{\"redwasp\": \"recording/1\", \"server\": {\"product\": \"valkey\", \"version\": \"9.1.2\", \"mode\": "
          "\"standalone\", \"role\": \"master\","
          " \"databases\": 4, \"extra\": [[\"k\", \"v\"]]}, \"target\": {\"name\": \"t\", \"labels\": [], \"node\": "
          "\"\", \"extra\": []},"
          " \"unix_ms\": 1763800000000, \"state\": {\"plugin_version\": \"1.0.0\", \"bytes\": \"\\u00ff\\u0000\"},"
          " \"prefetched\": [{\"command\": {\"database\": 0, \"args\": [\"PING\"]}, \"error\": {\"server\": [\"ERR\", "
          "\"no\"]}}],"
          " \"calls\": [{\"pipeline\": {\"route\": \"automatic\", \"answers\": [{\"command\": {\"database\": 0, "
          "\"args\": [\"LLEN\", \"waiting\"]}, \"reply\": \":5\\r\\n\"}], \"failed\": false}},"
          " {\"nodes\": [{\"id\": \"n\", \"address\": \"there:6379\", \"role\": \"master\", \"shard\": \"\", "
          "\"primary\": \"\", \"slots\": [[0, 9]], \"extra\": [[\"zone\", \"b\"]], \"newer\": {}}]}],"
          " \"sweep\": {\"pages\": [{\"sweep\": 0, \"keys\": [{\"key\": \"k\\u00e9\", \"kind\": \"hash\", \"reads\": "
          "[{\"reply\": \":2\\r\\n\"}]}]}], \"complete\": false}}",
          file);
    fclose(file);
    rw_bench *bench = rw_bench_recorded("build/recording.json");
    RW_CHECK_TEXT(bench->server.product, "valkey");
    RW_CHECK(bench->server.databases == 4 && bench->unix_ms == 1763800000000);
    RW_CHECK_TEXT(bench->state.value.bytes, ((rw_bytes){"\xff\0", 2}));
    RW_CHECK_VALUE(act_on(bench, "ask"), "calls", RW_NONE, 5);
    RW_CHECK_TEXT(rw_result_why(act_on(bench, "shape")), "ERR no");
    RW_CHECK_TEXT(rw_result_warnings(act_on(bench, "nodes")).items[0], "there:6379 master 1 9 b");
    RW_CHECK_VALUE(rw_bench_sweep(bench, &acts, "{}"), "cpu_seconds_total", RW_LIST("k\\xe9", "cut"), 1);
}
