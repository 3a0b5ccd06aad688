/* Members of sets, by the type of user that each is about. */
#include "collector.h"

/* A set: the first two are configuration, the third is known when the plan is made. */
struct set {
    rw_bytes key;
    rw_bytes type;
    rw_prefetched members;
};

static const rw_field set_fields[] = {
    {RW_STRING(struct set, key), .about = "The set's key."},
    {RW_STRING(struct set, type), .about = "What its members are: the label user_type."},
};
static const rw_type set_type = RW_TYPE(struct set, set_fields);

struct sets {
    struct set *sets;
    size_t count;
    rw_family active_users;
};

#define DEFAULT_SETS "[{\"key\":\"users:human\",\"type\":\"human\"},{\"key\":\"users:bot\",\"type\":\"bot\"}]"

static const rw_field fields[] = {
    {RW_ARRAY(struct sets, sets, count, set_type), .initial = DEFAULT_SETS, .about = "The sets that are counted."},
};

static bool has_type(const struct sets *sets, rw_bytes type) {
    for (size_t i = 0; i < sets->count; i++)
        if (rw_equal(sets->sets[i].type, type)) return true;
    return false;
}

static rw_error *configure(const void *configuration, const rw_server *server, rw_plan *plan, void *value) {
    const struct sets *config = configuration;
    struct sets *prepared = value;
    (void)server;
    prepared->active_users =
        rw_plan_gauge(plan, "active_users", "Members of the set of active users.", RW_LIST("user_type"));
    prepared->sets = rw_alloc_array(config->count, sizeof *prepared->sets);
    for (size_t i = 0; i < config->count; i++) {
        struct set set = config->sets[i];
        if (has_type(prepared, set.type)) {
            rw_plan_problem(plan, rw_format("/sets/%zu/type", i), "\"%.*s\" is there twice", RW_ARG(set.type));
            continue;
        }
        set.members = rw_plan_prefetch(plan, rw_command_of("SCARD", RW_LIST(set.key)));
        prepared->sets[prepared->count++] = set;
    }
    return NULL;
}

static rw_error *members_of(const struct set *set, const rw_request *request, int64_t *members) {
    rw_reply reply;
    RW_TRY(rw_request_reply(request, set->members, &reply));
    RW_TRY(rw_reply_integer(&reply, members));
    return NULL;
}

static rw_error *collect(const void *value, const rw_request *request, rw_report *report) {
    const struct sets *prepared = value;
    for (size_t i = 0; i < prepared->count; i++) {
        const struct set *set = &prepared->sets[i];
        int64_t members;
        rw_error *error = members_of(set, request, &members);
        if (error) {
            /* The other sets are right as far as they go. */
            rw_report_partial(report);
            rw_report_warn(report, "SCARD %.*s: %.*s", RW_ARG(set->key), RW_ARG(rw_why(error)));
            continue;
        }
        rw_report_set(report, prepared->active_users, RW_LIST(set->type), (double)members);
    }
    return NULL;
}

const rw_collector active_users = {
    .name = "active-users",
    .version = "1.0.0",
    .summary = "Members of the sets of active users.",
    .config = RW_TYPE(struct sets, fields),
    .prepared = RW_TYPE(struct sets, fields),
    .configure = configure,
    .collect = collect,
};

RW_EXPORT(active_users)
