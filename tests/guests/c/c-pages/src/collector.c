/* Takes a mebibyte for each page of a walk, and keeps the first key and a sum. */
#include "redwasp.h"

struct prepared {
    rw_family keys, pages;
};

struct run {
    size_t keys;
    size_t pages;
    rw_bytes first;
};

static rw_error *configure(const void *config, const rw_server *server, rw_plan *plan, void *value) {
    struct prepared *prepared = value;
    (void)config, (void)server;
    prepared->keys = rw_plan_gauge(plan, "c_pages_keys", "", RW_LIST("first"));
    prepared->pages = rw_plan_gauge(plan, "c_pages", "", RW_NONE);
    rw_plan_sweep(plan, (rw_sweep){.pattern = rw_str("page:*")});
    return NULL;
}

static rw_error *page(const void *prepared, void *state, const rw_request *request, const rw_page *page) {
    struct run *run = state;
    char *scratch = rw_alloc(1 << 20);
    (void)prepared, (void)request;
    for (size_t i = 0; i < rw_page_count(page); i++) {
        rw_bytes name = rw_key_name(rw_page_key(page, i));
        scratch[i] = name.data[0];
        if (!run->first.size || rw_compare(name, run->first) < 0) run->first = rw_run_copy(name);
    }
    run->keys += rw_page_count(page);
    run->pages++;
    return NULL;
}

static rw_error *end(const void *value, void *state, bool complete, rw_report *report) {
    const struct prepared *prepared = value;
    const struct run *run = state;
    (void)complete;
    rw_report_set(report, prepared->keys, RW_LIST(run->first), (double)run->keys);
    rw_report_set(report, prepared->pages, RW_NONE, (double)run->pages);
    return NULL;
}

static const rw_collector pages = {
    .name = "c-pages",
    .version = "1.0.0",
    .summary = "Takes much memory for each page of a walk.",
    .prepared = RW_PLAIN(struct prepared),
    .configure = configure,
    .run_size = sizeof(struct run),
    .page = page,
    .end = end,
};

RW_EXPORT_SWEEPER(pages)
