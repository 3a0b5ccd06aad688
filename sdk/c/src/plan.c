/* What a collector declares: families, commands, walks. */
#include "abi.h"

/* The unit is the name's suffix (https://prometheus.io/docs/practices/naming/#base-units). */
static const char *unit_of(rw_bytes name) {
    static const char *const units[] = {"seconds", "bytes", "ratio", "celsius"};
    const size_t total = strlen("_total");
    if (name.size >= total && memcmp(name.data + name.size - total, "_total", total) == 0) name.size -= total;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t size = strlen(units[i]);
        if (name.size > size && name.data[name.size - size - 1] == '_' &&
            memcmp(name.data + name.size - size, units[i], size) == 0)
            return units[i];
    }
    return "";
}

abi_family rw_family_of(rw_kind kind, const char *name, const char *help, rw_list labels) {
    return (abi_family){
        .name = rw_said(rw_str(name)),
        .help = rw_said(rw_str(help)),
        .unit = rw_str(unit_of(rw_str(name))),
        .kind = (uint8_t)kind,
        .label_names = rw_said_all(labels),
    };
}

rw_known rw_known_of(const abi_family *family) {
    return (rw_known){(rw_kind)family->kind, family->label_names.count, family->name};
}

static uint32_t declare(rw_plan *plan, rw_kind kind, const char *name, const char *help, rw_list labels) {
    abi_family family = rw_family_of(kind, name, help, labels);
    *(abi_family *)rw_vector_push(&plan->families, sizeof family) = family;
    return (uint32_t)plan->families.count;
}

rw_family rw_plan_family(rw_plan *plan, rw_kind kind, const char *name, const char *help, rw_list labels) {
    return (rw_family){declare(plan, kind, name, help, labels)};
}

rw_family rw_plan_gauge(rw_plan *plan, const char *name, const char *help, rw_list labels) {
    return rw_plan_family(plan, RW_GAUGE, name, help, labels);
}

rw_family rw_plan_counter(rw_plan *plan, const char *name, const char *help, rw_list labels) {
    return rw_plan_family(plan, RW_COUNTER, name, help, labels);
}

rw_family rw_plan_info(rw_plan *plan, const char *name, const char *help, rw_list labels) {
    return rw_plan_family(plan, RW_INFO, name, help, labels);
}

rw_histogram rw_plan_histogram(rw_plan *plan, const char *name, const char *help, rw_list labels) {
    return (rw_histogram){declare(plan, RW_HISTOGRAM, name, help, labels)};
}

rw_histogram rw_plan_gauge_histogram(rw_plan *plan, const char *name, const char *help, rw_list labels) {
    return (rw_histogram){declare(plan, RW_GAUGE_HISTOGRAM, name, help, labels)};
}

rw_summary rw_plan_summary(rw_plan *plan, const char *name, const char *help, rw_list labels) {
    return (rw_summary){declare(plan, RW_SUMMARY, name, help, labels)};
}

void rw_plan_late_prefix(rw_plan *plan, const char *prefix) {
    *(rw_bytes *)rw_vector_push(&plan->late_prefixes, sizeof(rw_bytes)) = rw_said(rw_str(prefix));
}

rw_prefetched rw_plan_prefetch(rw_plan *plan, rw_command command) {
    rw_command copy = {command.database, rw_list_copy(command.words)};
    *(rw_command *)rw_vector_push(&plan->prefetch, sizeof copy) = copy;
    return (rw_prefetched){(uint32_t)plan->prefetch.count};
}

void rw_plan_ask(rw_plan *plan, rw_list commands, rw_list keys, const uint32_t *databases, size_t database_count) {
    uint32_t *copy = rw_alloc_array(database_count, sizeof *copy);
    if (database_count) memcpy(copy, databases, database_count * sizeof *copy);
    *(abi_ask *)rw_vector_push(&plan->asks, sizeof(abi_ask)) =
        (abi_ask){rw_said_all(commands), rw_said_all(keys), {copy, database_count}};
}

void rw_plan_scope(rw_plan *plan, rw_scope scope) { plan->scope = scope; }

void rw_plan_problem(rw_plan *plan, const char *pointer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rw_bytes message = rw_str(rw_format_args(format, arguments));
    va_end(arguments);
    *(rw_problem *)rw_vector_push(&plan->problems, sizeof(rw_problem)) =
        (rw_problem){rw_said(rw_str(pointer)), rw_said(message)};
}

/* While it is made, a sweep's reads are a list that grows. */
typedef struct growing {
    abi_sweep sweep;
    rw_vector reads;
} growing;

rw_swept rw_plan_sweep(rw_plan *plan, rw_sweep sweep) {
    growing *made = rw_vector_push(&plan->sweeps, sizeof *made);
    made->sweep =
        (abi_sweep){.database = sweep.database, .pattern = rw_copy(sweep.pattern), .types = rw_said_all(sweep.types)};
    return (rw_swept){(uint32_t)plan->sweeps.count};
}

rw_read rw_plan_read(rw_plan *plan, rw_swept sweep, rw_key_read read) {
    uint32_t place = rw_place_of(sweep.index);
    if (place >= plan->sweeps.count) {
        if (!plan->misuse) plan->misuse = rw_error_new(RW_OTHER, rw_str("a read of a sweep that was not planned"));
        return (rw_read){0};
    }
    growing *made = (growing *)plan->sweeps.items + place;
    *(rw_key_read *)rw_vector_push(&made->reads, sizeof read) =
        (rw_key_read){rw_list_copy(read.before), rw_list_copy(read.after), rw_said_all(read.types)};
    return (rw_read){(uint32_t)made->reads.count};
}

void rw_plan_finish(rw_plan *plan, rw_bytes prepared, abi_plan *out) {
    static const char *const scopes[] = {"node", "primary", "once"};
    abi_sweep *sweeps = rw_alloc_array(plan->sweeps.count, sizeof *sweeps);
    for (size_t i = 0; i < plan->sweeps.count; i++) {
        const growing *made = (const growing *)plan->sweeps.items + i;
        sweeps[i] = made->sweep;
        sweeps[i].reads = (abi_key_reads){made->reads.items, made->reads.count};
    }
    *out = (abi_plan){
        .families = {plan->families.items, plan->families.count},
        .late_prefixes = {plan->late_prefixes.items, plan->late_prefixes.count},
        .asks = {plan->asks.items, plan->asks.count},
        .prefetch = {plan->prefetch.items, plan->prefetch.count},
        .sweeps = {sweeps, plan->sweeps.count},
        .scope = rw_str(scopes[plan->scope]),
        .problems = {plan->problems.items, plan->problems.count},
        .prepared = prepared,
    };
}
