/* Hands over one of everything, with bytes that are no text where texts are wanted. */
#include <stdio.h>

#include "redwasp.h"

/* How often the constructor ran: once in each instance, not in each call. */
static int started;

__attribute__((constructor)) static void start(void) { started++; }

struct prepared {
    rw_family text, number, asked, calls;
    rw_histogram histogram;
    rw_summary summary;
    rw_prefetched info;
};

struct kept {
    uint64_t calls;
};
static const rw_type kept_type = RW_PLAIN(struct kept);

static rw_error *configure(const void *config, const rw_server *server, rw_plan *plan, void *value) {
    struct prepared *prepared = value;
    (void)config, (void)server;
    prepared->text = rw_plan_gauge(plan, "c_text", "Not \xff UTF-8.", RW_LIST("text"));
    prepared->number = rw_plan_gauge(plan, "c_number", "", RW_LIST("text"));
    prepared->asked = rw_plan_gauge(plan, "c_asked", "", RW_LIST("what"));
    prepared->calls = rw_plan_counter(plan, "c_calls_total", "", RW_NONE);
    prepared->histogram = rw_plan_histogram(plan, "c_sizes", "", RW_NONE);
    prepared->summary = rw_plan_summary(plan, "c_latency", "", RW_NONE);
    prepared->info = rw_plan_prefetch(plan, rw_command_info());
    rw_plan_late_prefix(plan, "c_late_");
    rw_plan_ask(plan, RW_LIST("STRLEN"), RW_LIST("c:*"), NULL, 0);
    rw_plan_problem(plan, "/\xff", "not \xff text");
    return NULL;
}

static void numbers(const struct prepared *prepared, rw_report *report) {
    static const char *const texts[] = {"0.1",  "1e400",         "5e-324", " 7 ",
                                        "-inf", "123456789.125", "0x10",   "9007199254740993"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double number;
        bool is_one = rw_parse_number(rw_str(texts[i]), &number);
        const char *written = rw_format("%s is %g", texts[i], is_one ? number : __builtin_nan(""));
        rw_report_set(report, prepared->number, RW_LIST(written), is_one);
    }
    char written[64];
    snprintf(written, sizeof written, "%.2f|%e|%Lg|%o|%s", 2.0 / 3, 12345.0, 0.1L, 8u, "behind");
    rw_report_set(report, prepared->number, RW_LIST(written), 1);
}

/* Lengths that are small ones when their upper half is lost. */
static void lengths(const struct prepared *prepared, rw_report *report) {
    static const char *const replies[] = {"$4294967299\r\nabc\r\n", "*4294967297\r\n:1\r\n",
                                          "%2147483649\r\n+a\r\n:1\r\n"};
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        rw_reply reply;
        rw_error *error = rw_decode(rw_str(replies[i]), &reply);
        const char *told = rw_format("%c %.*s", replies[i][0], RW_ARG(error ? rw_why(error) : rw_str("is a reply")));
        rw_report_set(report, prepared->text, RW_LIST(told), error != NULL);
    }
}

static rw_error *ask(const struct prepared *prepared, const rw_request *request, rw_report *report) {
    rw_command commands[] = {rw_command_of("STRLEN", RW_LIST("c:key")), rw_command_of("STRLEN", RW_LIST("other"))};
    const rw_replies *replies;
    rw_reply reply;
    double length;
    const rw_node *nodes;
    size_t count;
    RW_TRY(rw_request_pipeline(request, commands, 2, &replies));
    RW_TRY(rw_replies_reply(replies, 0, &reply));
    RW_TRY(rw_reply_number(&reply, &length));
    rw_report_set(report, prepared->asked, RW_LIST("strlen"), length);
    rw_error *error = rw_replies_reply(replies, 1, &reply);
    rw_report_set(report, prepared->asked, RW_LIST("denied"), error && error->kind == RW_DENIED);
    RW_TRY(rw_request_nodes(request, &nodes, &count));
    rw_report_set(report, prepared->asked, RW_LIST("nodes"), (double)count);
    rw_report_set(report, prepared->asked, RW_LIST("constructors"), started);
    rw_budget left = rw_request_remaining(request);
    rw_report_set(report, prepared->asked, RW_LIST("calls left"), left.calls);
    rw_report_set(report, prepared->asked, RW_LIST("commands left"), left.commands);
    return NULL;
}

static rw_error *collect(const void *value, const rw_request *request, rw_report *report) {
    const struct prepared *prepared = value;
    struct kept kept = {0};
    char on_the_stack[] = "a\xff\xc3z";
    rw_reply reply;
    rw_info info;
    RW_TRY(rw_request_reply(request, prepared->info, &reply));
    RW_TRY(rw_info_read(&reply, &info));
    rw_report_set(report, prepared->text, RW_LIST(on_the_stack), 1);
    numbers(prepared, report);
    lengths(prepared, report);
    RW_TRY(ask(prepared, request, report));
    rw_request_saved(request, &kept_type, &kept);
    kept.calls++;
    rw_report_keep(report, &kept_type, &kept);
    rw_report_set(report, prepared->calls, RW_NONE, (double)kept.calls);
    const double bounds[] = {1, 10};
    rw_buckets *buckets = rw_buckets_new(bounds, 2);
    rw_buckets_observe(buckets, 0.5);
    rw_buckets_observe(buckets, 100);
    rw_report_histogram(report, prepared->histogram, RW_NONE, buckets);
    rw_report_summary(report, prepared->summary, RW_NONE, ((rw_quantile[]){{0.5, 2.5}}), 1, 5, 2);
    rw_report_set(report, rw_report_late(report, RW_INFO, "c_late_info", "", RW_LIST("role")),
                  RW_LIST(rw_request_server(request)->role), 1);
    rw_report_warn(report, "not \xff text");
    rw_report_partial(report);
    rw_log_info("not \xff text", RW_FIELDS({rw_str("na\xffme"), rw_str("va\xfflue")}));
    return NULL;
}

static const rw_collector boundary = {
    .name = "c-boundary",
    .version = "1.0.0",
    .summary = "Hands over one of everything \xff.",
    .prepared = RW_PLAIN(struct prepared),
    .configure = configure,
    .collect = collect,
};

RW_EXPORT(boundary)
