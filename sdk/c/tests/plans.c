/* Plans and pipelines that the daemon refuses the bench refuses in its words: sdk/plan-vectors.json. */
#include "json_file.h"

#define FIND(json, key) const rw_json *key = rw_json_get(json, #key)

/* The plan that the collector makes, the command that it sends, and how often it was called after `configure`. */
static const rw_json *planned;
static rw_command sent;
static size_t calls;
/* What came of the command. */
static rw_error *error;
static rw_bytes reply;

static size_t count_of(const rw_json *json) { return json ? json->count : 0; }

static rw_list texts_of(const rw_json *json) {
    rw_bytes *texts = rw_alloc_array(count_of(json), sizeof *texts);
    for (size_t i = 0; i < count_of(json); i++) texts[i] = json->items[i].text;
    return (rw_list){texts, count_of(json)};
}

static void plan_family(rw_plan *plan, const rw_json *family) {
    static const char *const names[] = {"counter", "gauge", "histogram", "gauge-histogram", "summary"};
    FIND(family, name);
    FIND(family, kind);
    rw_kind made = RW_COUNTER;
    while (made <= RW_SUMMARY && !rw_is(kind->text, names[made])) made++;
    RW_CHECK(made <= RW_SUMMARY);
    (void)rw_plan_family(plan, made, rw_copy(name->text).data, "", texts_of(rw_json_get(family, "labels")));
}

static void plan_asks(rw_plan *plan, const rw_json *asks) {
    for (size_t i = 0; i < count_of(asks); i++) {
        FIND(&asks->items[i], databases);
        uint32_t numbers[4];
        RW_CHECK(count_of(databases) <= 4);
        for (size_t place = 0; place < count_of(databases); place++) {
            int64_t number;
            RW_CHECK(rw_parse_integer(databases->items[place].text, &number));
            numbers[place] = (uint32_t)number;
        }
        rw_plan_ask(plan, texts_of(rw_json_get(&asks->items[i], "commands")),
                    texts_of(rw_json_get(&asks->items[i], "keys")), numbers, count_of(databases));
    }
}

static rw_error *configure(const void *config, const rw_server *server, rw_plan *plan, void *prepared) {
    (void)config, (void)server, (void)prepared;
    FIND(planned, families);
    FIND(planned, prefetch);
    FIND(planned, sweeps);
    for (size_t i = 0; i < count_of(families); i++) plan_family(plan, &families->items[i]);
    plan_asks(plan, rw_json_get(planned, "asks"));
    for (size_t i = 0; i < count_of(prefetch); i++)
        (void)rw_plan_prefetch(plan, (rw_command){0, texts_of(&prefetch->items[i])});
    for (size_t i = 0; i < count_of(sweeps); i++) {
        FIND(&sweeps->items[i], pattern);
        FIND(&sweeps->items[i], reads);
        rw_swept sweep = rw_plan_sweep(plan, (rw_sweep){.pattern = pattern->text});
        for (size_t read = 0; read < count_of(reads); read++)
            (void)rw_plan_read(plan, sweep,
                               (rw_key_read){.before = texts_of(rw_json_get(&reads->items[read], "before")),
                                             .after = texts_of(rw_json_get(&reads->items[read], "after"))});
    }
    return NULL;
}

static rw_error *send(const rw_request *request) {
    const rw_replies *replies;
    calls++;
    if (sent.words.count == 0) return NULL;
    RW_TRY(rw_request_pipeline(request, &sent, 1, &replies));
    error = rw_replies_bytes(replies, 0, &reply);
    return error;
}

static rw_error *collect(const void *prepared, const rw_request *request, rw_report *report) {
    (void)prepared, (void)report;
    return send(request);
}

static rw_error *begin(const void *prepared, const rw_request *request, void *run) {
    (void)prepared, (void)run;
    return send(request);
}

static rw_error *page(const void *prepared, void *run, const rw_request *request, const rw_page *page) {
    (void)prepared, (void)run, (void)page;
    return send(request);
}

static rw_error *end(const void *prepared, void *run, bool complete, rw_report *report) {
    (void)prepared, (void)run, (void)complete, (void)report;
    return NULL;
}

static const rw_collector written = {
    .name = "written",
    .version = "1.0.0",
    .summary = "",
    .configure = configure,
    .collect = collect,
    .begin = begin,
    .page = page,
    .end = end,
};

static rw_bench *redis(void) { return rw_bench_new(rw_test_server("redis", "7.0.15")); }

static rw_result *collected(rw_bench *bench, const rw_json *plan, rw_command command) {
    planned = plan, sent = command, calls = 0, error = NULL;
    return rw_bench_collect(bench, &written, "{}");
}

static rw_json json_of(const char *text) {
    rw_json json;
    rw_error *wrong = rw_json_read(rw_copy(rw_str(text)), &json);
    if (wrong) rw_test_fail(__FILE__, __LINE__, "%s: %.*s", text, RW_ARG(wrong->text));
    return json;
}

static const char *refused(const char *text) {
    rw_json plan = json_of(text);
    rw_result *result = collected(redis(), &plan, (rw_command){0});
    RW_CHECK(rw_result_outcome(result) == (calls ? RW_PAGE : RW_NOT_TAKEN));
    return rw_result_why(result);
}

RW_TEST(plans_are_taken_and_refused_as_the_daemon_does) {
    rw_json json = rw_json_file("../plan-vectors.json");
    FIND(&json, plans);
    RW_CHECK(plans && plans->count > 30);
    for (size_t i = 0; i < plans->count; i++) {
        FIND(&plans->items[i], plan);
        FIND(&plans->items[i], refused);
        bool is_taken = refused->text.size == 0;
        rw_result *result = collected(redis(), plan, (rw_command){0});
        RW_CHECK_TEXT(rw_result_why(result), refused->text);
        RW_CHECK(rw_result_outcome(result) == (is_taken ? RW_PAGE : RW_NOT_TAKEN) && calls == is_taken);
        calls = 0;
        result = rw_bench_sweep(redis(), &written, "{}");
        RW_CHECK_TEXT(rw_result_why(result), refused->text);
        RW_CHECK(rw_result_outcome(result) == (is_taken ? RW_PAGE : RW_NOT_TAKEN) && calls == is_taken);
    }
}

RW_TEST(pipelines_are_denied_as_the_daemon_does) {
    rw_json json = rw_json_file("../plan-vectors.json");
    FIND(&json, pipelines);
    RW_CHECK(pipelines && pipelines->count > 10);
    for (size_t i = 0; i < pipelines->count; i++) {
        const rw_json *vector = &pipelines->items[i];
        FIND(vector, database);
        FIND(vector, denied);
        int64_t number = 0;
        RW_CHECK(!database || rw_parse_integer(database->text, &number));
        rw_list words = texts_of(rw_json_get(vector, "command"));
        const char *command = "";
        for (size_t word = 0; word < words.count; word++)
            command = rw_format("%s%s%.*s", command, word ? " " : "", RW_ARG(words.items[word]));
        /* What the rules deny has no reply, also when the test has one for it. */
        rw_bench *bench = redis();
        rw_bench_reply(bench, command, rw_resp_bulk("a reply"));
        (void)collected(bench, vector, (rw_command){(uint32_t)number, words});
        RW_CHECK(calls == 1 && (error != NULL) == (denied->text.size != 0));
        if (!error) continue;
        RW_CHECK(error->kind == RW_DENIED);
        RW_CHECK_TEXT(error->text, denied->text);
    }
}

RW_TEST(what_the_rules_allow_the_test_answers) {
    rw_json asks = json_of("{\"asks\": [{\"commands\": [\"LLEN\"], \"keys\": [\"queue:*\"]}]}");
    rw_command length = rw_command_of("LLEN", RW_LIST("queue:mail"));
    rw_bench *bench = redis();
    RW_CHECK_TEXT(rw_result_why(collected(bench, &asks, length)), "the bench has no reply to LLEN queue:mail");
    rw_bench_denied(bench, "LLEN queue:mail");
    RW_CHECK_TEXT(rw_result_why(collected(bench, &asks, length)), "LLEN queue:mail is not granted");
    rw_json none = json_of("{}");
    RW_CHECK_HAS(rw_result_why(collected(bench, &none, length)), "is not among what the plugin asks for");
}

RW_TEST(begin_and_page_are_denied_what_collect_is) {
    rw_json plan = json_of("{\"sweeps\": [{\"pattern\": \"*\", \"reads\": []}]}");
    const char *told = "LLEN queue is not among what the plugin asks for: let its plan ask for LLEN, with patterns "
                       "that its keys fit";
    planned = &plan, sent = rw_command_of("LLEN", RW_LIST("queue")), calls = 0;
    RW_CHECK_TEXT(rw_result_why(rw_bench_sweep(redis(), &written, "{}")), told);
    rw_collector late = written;
    late.begin = NULL;
    rw_bench *bench = redis();
    rw_bench_key(bench, 0, "k", "string");
    RW_CHECK_TEXT(rw_result_why(rw_bench_sweep(bench, &late, "{}")), told);
    RW_CHECK(calls == 2);
}

RW_TEST(keys_in_a_denial_are_escaped_and_cut) {
    rw_json none = json_of("{}");
    rw_bytes key = {"\xff'\0 "
                    "0123456789012345678901234567890123456789012345678901234567890123456789",
                    74};
    RW_CHECK_HAS(rw_result_why(collected(redis(), &none, rw_command_of("get", RW_LIST(key)))),
                 "GET \\xff\\'\\x00 012345678901234567890123456789012345678901234567890123456789… is not among what");
}

RW_TEST(what_is_too_long_or_too_much_is_refused) {
    const char *fifty = "01234567890123456789012345678901234567890123456789";
    const char *name = rw_format("a%s%s%s%s%s", fifty, fifty, fifty, fifty, fifty);
    RW_CHECK_HAS(refused(rw_format("{\"families\": [{\"name\": \"%s\", \"kind\": \"gauge\"}]}", name)),
                 "a name of 257 bytes, more than the 256 allowed");
    const char *read = "{\"before\": [\"GET\"], \"after\": []}";
    const char *families = "", *reads = read;
    for (int i = 0; i < 501; i++)
        families = rw_format("%s%s{\"name\": \"a%d\", \"kind\": \"gauge\"}", families, i ? ", " : "", i);
    RW_CHECK_TEXT(refused(rw_format("{\"families\": [%s]}", families)),
                  "501 families, more than the 500 allowed (limits.families)");
    for (int i = 0; i < 16; i++) reads = rw_format("%s, %s", reads, read);
    RW_CHECK_TEXT(refused(rw_format("{\"sweeps\": [{\"pattern\": \"*\", \"reads\": [%s]}]}", reads)),
                  "17 reads in a sweep, more than the 16 allowed");
}

RW_TEST(what_operators_may_raise_is_taken) {
    const char *labels = "\"l\"", *commands = "[\"PING\"]";
    for (int i = 0; i < 32; i++) labels = rw_format("%s, \"l%d\"", labels, i);
    RW_CHECK_TEXT(
        refused(rw_format("{\"families\": [{\"name\": \"a\", \"kind\": \"gauge\", \"labels\": [%s]}]}", labels)), "");
    for (int i = 0; i < 1024; i++) commands = rw_format("%s, [\"PING\"]", commands);
    RW_CHECK_TEXT(refused(rw_format("{\"prefetch\": [%s]}", commands)), "");
}

RW_TEST(names_of_commands_are_found_in_any_writing) {
    RW_CHECK_TEXT(refused("{\"asks\": [{\"commands\": [\" xinfo  stream \"], \"keys\": [\"*\"]}]}"), "");
    RW_CHECK_TEXT(refused("{\"asks\": [{\"commands\": [\"XGROUP\"]}]}"), "asks[0].commands: XGROUP has no reads");
    RW_CHECK_TEXT(refused("{\"asks\": [{\"commands\": [\"\"]}]}"),
                  "asks[0].commands: a command without a name is not in redwasp's table of reads");
    RW_CHECK_TEXT(refused("{\"prefetch\": [[\"größe\"]]}"),
                  "gr\\xc3\\xb6\\xc3\\x9fe is not in redwasp's table of reads; no grant allows it");
    RW_CHECK_TEXT(refused("{\"sweeps\": [{\"pattern\": \"*\", \"reads\": [{\"before\": [\"XREAD\", \"COUNT\", \"1\", "
                          "\"STREAMS\"], \"after\": [\"0\"]}]}]}"),
                  "");
}
