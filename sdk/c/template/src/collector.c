/* How many lookups find their key, of what INFO tells. */
#include "collector.h"

/* The configuration. */
struct config {
    int64_t minimum_lookups;
};

static const rw_field config_fields[] = {
    {RW_INTEGER(struct config, minimum_lookups), .initial = "1", RW_MINIMUM(1),
     .about = "With fewer lookups there is no sample."},
};

/* What `configure` prepares for every `collect`. */
struct prepared {
    int64_t minimum_lookups;
    rw_prefetched info;
    rw_family hit_ratio;
};

static rw_error *configure(const void *configuration, const rw_server *server, rw_plan *plan, void *value) {
    const struct config *config = configuration;
    struct prepared *prepared = value;
    (void)server;
    prepared->minimum_lookups = config->minimum_lookups;
    prepared->info = rw_plan_prefetch(plan, rw_command_info());
    prepared->hit_ratio =
        rw_plan_gauge(plan, "{{name_snake}}_hit_ratio",
                      "Part of the lookups that found their key since the server began, 0 to 1.", RW_NONE);
    return NULL;
}

static rw_error *collect(const void *value, const rw_request *request, rw_report *report) {
    const struct prepared *prepared = value;
    rw_reply reply;
    rw_info info;
    RW_TRY(rw_request_reply(request, prepared->info, &reply));
    RW_TRY(rw_info_read(&reply, &info));
    double hits, misses;
    if (!rw_info_number(&info, "keyspace_hits", &hits) || !rw_info_number(&info, "keyspace_misses", &misses))
        return rw_not_applicable("INFO has no keyspace_hits");
    double lookups = hits + misses;
    if (lookups >= (double)prepared->minimum_lookups)
        rw_report_set(report, prepared->hit_ratio, RW_NONE, hits / lookups);
    return NULL;
}

const rw_collector {{name_snake}} = {
    .name = "{{name}}",
    .version = "1.0.0",
    .summary = "How many lookups find their key.",
    .config = RW_TYPE(struct config, config_fields),
    .prepared = RW_PLAIN(struct prepared),
    .configure = configure,
    .collect = collect,
};

RW_EXPORT({{name_snake}})
