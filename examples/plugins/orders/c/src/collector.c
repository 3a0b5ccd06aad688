/* Orders by status and amount, by walking the keys. Each is a hash with the fields status and amount. */
#include <math.h>
#include <stdlib.h>

#include "collector.h"

struct config {
    rw_bytes pattern;
    double *buckets;
    size_t bucket_count;
    int64_t max_statuses;
};

static const rw_field config_fields[] = {
    {RW_STRING(struct config, pattern), .initial = "\"order:*\"", .about = "Keys of orders, as in SCAN MATCH."},
    {RW_ARRAY(struct config, buckets, bucket_count, rw_number_type), .initial = "[10,50,100,500,1000]",
     .about = "Upper bounds of the histogram of amounts, ascending."},
    {RW_INTEGER(struct config, max_statuses), .initial = "10", RW_MINIMUM(1), RW_MAXIMUM(100),
     .about = "Statuses that are told apart; orders of others are counted as \"other\"."},
};

/* What `configure` prepares for every call: the configuration, and handles. */
struct prepared {
    struct config config;
    rw_family orders, amounts, unreadable;
    rw_histogram amount;
    rw_swept sweep;
    rw_read read;
};

static const rw_type config_type = RW_TYPE(struct config, config_fields);
static const rw_field prepared_fields[] = {{RW_STRUCT(struct prepared, config, config_type)}};

/* Orders of one status. */
struct status {
    rw_bytes name;
    size_t orders;
    double amount;
};

/* What is kept from page to page: sums, not keys. */
struct run {
    struct status *statuses;
    size_t status_count;
    size_t orders;
    size_t unreadable;
    rw_buckets *amounts;
};

static rw_error *check_buckets(const struct config *config) {
    rw_error *refusal = NULL;
    for (size_t i = 1; i < config->bucket_count; i++)
        if (config->buckets[i] <= config->buckets[i - 1])
            refusal = rw_invalid(refusal, rw_format("/buckets/%zu", i), "%s is not larger than %s",
                                 rw_number_text(config->buckets[i]), rw_number_text(config->buckets[i - 1]));
    return refusal;
}

static rw_error *configure(const void *configuration, const rw_server *server, rw_plan *plan, void *value) {
    const struct config *config = configuration;
    struct prepared *prepared = value;
    (void)server;
    RW_TRY(check_buckets(config));
    prepared->config = *config;
    prepared->orders = rw_plan_gauge(plan, "orders", "Orders by their status.", RW_LIST("status"));
    prepared->amounts =
        rw_plan_gauge(plan, "orders_amount", "Sum of the amounts of orders by their status.", RW_LIST("status"));
    prepared->amount = rw_plan_histogram(plan, "order_amount", "Amounts of orders.", RW_NONE);
    prepared->unreadable =
        rw_plan_gauge(plan, "orders_unreadable", "Orders whose amount is missing or no number.", RW_NONE);
    prepared->sweep = rw_plan_sweep(plan, (rw_sweep){.pattern = config->pattern, .types = RW_LIST("hash")});
    prepared->read = rw_plan_read(
        plan, prepared->sweep,
        (rw_key_read){.before = RW_LIST("HMGET"), .after = RW_LIST("status", "amount"), .types = RW_LIST("hash")});
    return NULL;
}

static rw_error *begin(const void *value, const rw_request *request, void *state) {
    const struct prepared *prepared = value;
    struct run *run = state;
    (void)request;
    /* One more than there are, for "other". */
    run->statuses = rw_run_alloc(((size_t)prepared->config.max_statuses + 1) * sizeof *run->statuses);
    run->amounts = rw_run_buckets_new(prepared->config.buckets, prepared->config.bucket_count);
    return NULL;
}

/* The sums of a status. The first that come have their own; what comes when there is no more room is "other". */
static struct status *status_of(struct run *run, rw_bytes name, size_t most) {
    for (size_t i = 0; i < run->status_count; i++)
        if (rw_equal(run->statuses[i].name, name)) return &run->statuses[i];
    if (run->status_count >= most && !rw_is(name, "other")) return status_of(run, rw_str("other"), most);
    struct status *status = &run->statuses[run->status_count++];
    /* The name belongs to the page, and is needed at the end. */
    status->name = rw_run_copy(name);
    return status;
}

static rw_error *take(const struct prepared *prepared, struct run *run, const rw_reply *reply) {
    const rw_reply *fields;
    size_t count;
    RW_TRY(rw_reply_elements(reply, &fields, &count));
    if (count != 2) return rw_fail("HMGET gave %zu fields instead of 2", count);
    rw_bytes name = rw_str("unknown");
    if (!rw_reply_is_null(&fields[0])) RW_TRY(rw_reply_text(&fields[0], &name));
    struct status *status = status_of(run, name, (size_t)prepared->config.max_statuses);
    run->orders++;
    status->orders++;
    double amount;
    rw_error *unreadable = rw_reply_number(&fields[1], &amount);
    if (unreadable || !isfinite(amount)) {
        run->unreadable++;
        return NULL;
    }
    status->amount += amount;
    rw_buckets_observe(run->amounts, amount);
    return NULL;
}

/* An order that cannot be read ends the walk: what is said of the others would be too little. */
static rw_error *page(const void *value, void *state, const rw_request *request, const rw_page *page) {
    const struct prepared *prepared = value;
    (void)request;
    for (size_t i = 0; i < rw_page_count(page); i++) {
        bool is_there;
        rw_reply reply;
        RW_TRY(rw_key_reply(rw_page_key(page, i), prepared->read, &is_there, &reply));
        if (is_there) RW_TRY(take(prepared, state, &reply));
    }
    return NULL;
}

static int by_name(const void *one, const void *other) {
    return rw_compare(((const struct status *)one)->name, ((const struct status *)other)->name);
}

static rw_error *end(const void *value, void *state, bool complete, rw_report *report) {
    const struct prepared *prepared = value;
    struct run *run = state;
    if (!complete) rw_report_warn(report, "the walk ended early: %zu orders were seen", run->orders);
    qsort(run->statuses, run->status_count, sizeof *run->statuses, by_name);
    for (size_t i = 0; i < run->status_count; i++) {
        const struct status *status = &run->statuses[i];
        rw_report_set(report, prepared->orders, RW_LIST(status->name), (double)status->orders);
        rw_report_set(report, prepared->amounts, RW_LIST(status->name), status->amount);
    }
    rw_report_histogram(report, prepared->amount, RW_NONE, run->amounts);
    rw_report_set(report, prepared->unreadable, RW_NONE, (double)run->unreadable);
    return NULL;
}

/* All that there is to tell is found by walking. */
static rw_error *collect(const void *prepared, const rw_request *request, rw_report *report) {
    (void)prepared, (void)request, (void)report;
    return NULL;
}

const rw_collector orders = {
    .name = "orders",
    .version = "1.0.0",
    .summary = "Orders by status and amount, by walking the keys.",
    .config = RW_TYPE(struct config, config_fields),
    .prepared = RW_TYPE(struct prepared, prepared_fields),
    .configure = configure,
    .collect = collect,
    .run_size = sizeof(struct run),
    .begin = begin,
    .page = page,
    .end = end,
};

RW_EXPORT_SWEEPER(orders)
