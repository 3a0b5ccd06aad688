/* Prints, which a plugin cannot: the build says so. */
#include <stdio.h>

#include "redwasp.h"

static rw_error *configure(const void *config, const rw_server *server, rw_plan *plan, void *prepared) {
    (void)config, (void)server, (void)plan, (void)prepared;
    return NULL;
}

static rw_error *collect(const void *prepared, const rw_request *request, rw_report *report) {
    (void)prepared, (void)request, (void)report;
    printf("%g\n", (double)rw_request_unix_ms(request));
    return NULL;
}

static const rw_collector prints = {
    .name = "c-prints",
    .version = "1.0.0",
    .summary = "Prints.",
    .configure = configure,
    .collect = collect,
};

RW_EXPORT(prints)
