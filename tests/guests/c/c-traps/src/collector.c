/* Goes wrong in the way that its configuration says. */
#include <assert.h>

#include "redwasp.h"

struct config {
    rw_bytes how;
    int64_t number; /* 0, where the compiler cannot see it */
};
static const rw_field fields[] = {
    {RW_STRING(struct config, how), .initial = "\"\""},
    {RW_INTEGER(struct config, number), .initial = "0"},
};

static rw_error *configure(const void *config, const rw_server *server, rw_plan *plan, void *prepared) {
    (void)server;
    *(struct config *)prepared = *(const struct config *)config;
    rw_plan_gauge(plan, "trapped", "", RW_NONE);
    if (rw_is(((const struct config *)config)->how, "configure")) return rw_fail("no plan");
    return NULL;
}

/* What a stack that has no end would write to. */
static volatile char data[1 << 20];

/* Frames of 4 KiB each, 320 KiB of them: more than the stack has, and less than it and the data. */
static __attribute__((noinline)) int deep(int64_t depth) {
    volatile char frame[4096];
    for (size_t i = 0; i < sizeof frame; i++) frame[i] = (char)depth;
    if (depth == 80) return frame[0];
    return deep(depth + 1) + frame[depth];
}

static rw_error *collect(const void *value, const rw_request *request, rw_report *report) {
    const struct config *config = value;
    rw_bytes how = config->how;
    volatile int64_t result = 0;
    static int table[4];
    (void)request, (void)report;
    if (rw_is(how, "null")) {
        const int64_t *nothing = config->number == 0 ? NULL : &config->number;
        result = *nothing;
    }
    if (rw_is(how, "divide")) result = 5 / config->number;
    if (rw_is(how, "bounds")) result = table[config->number + 4];
    if (rw_is(how, "shift")) result = 1 << (config->number + 32);
    if (rw_is(how, "overflow")) result = INT64_MAX - config->number + 1;
    if (rw_is(how, "assert")) assert(config->number == 1);
    if (rw_is(how, "stack")) result = deep(config->number) + data[config->number];
    if (rw_is(how, "memory"))
        while (config->number == 0) *(volatile char *)rw_alloc(1 << 20) = 1;
    if (rw_is(how, "length")) result = (int64_t)(uintptr_t)rw_alloc_array(SIZE_MAX / 2, 4 + (size_t)config->number);
    if (rw_is(how, "loop"))
        while (config->number == 0) result = result + 1 > 1000 ? 0 : result + 1;
    if (rw_is(how, "fail")) return rw_fail("%lld is too few", (long long)config->number);
    return NULL;
}

static const rw_collector traps = {
    .name = "c-traps",
    .version = "1.0.0",
    .summary = "Goes wrong.",
    .config = RW_TYPE(struct config, fields),
    .prepared = RW_TYPE(struct config, fields),
    .configure = configure,
    .collect = collect,
};

RW_EXPORT(traps)
