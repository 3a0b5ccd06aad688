/* The contract's functions for any collector. */
#include "abi.h"

void rw_describe(const rw_collector *collector, abi_description *description) {
    *description = (abi_description){
        .name = rw_said(rw_str(collector->name)),
        .version = rw_said(rw_str(collector->version)),
        .summary = rw_said(rw_str(collector->summary)),
        .config_schema = rw_said(rw_config_schema(&collector->config)),
    };
}

abi_call_error rw_call_error_to(const rw_error *error) {
    abi_call_error out = {.tag = (uint8_t)(error->kind - RW_DENIED)};
    if (error->kind == RW_SERVER) {
        out.server.code = rw_said(error->code);
        out.server.message = rw_said(error->text);
    } else {
        out.text = rw_said(error->text);
    }
    return out;
}

static abi_failure failure_of(const rw_error *error) {
    if (error->kind == RW_NOT_APPLICABLE) return (abi_failure){.tag = 0, .text = rw_said(error->text)};
    if (rw_is_call_error(error)) return (abi_failure){.tag = 1, .redis = rw_call_error_to(error)};
    return (abi_failure){.tag = 2, .text = rw_error_told(error)};
}

static abi_refusal refusal_of(const rw_error *error) {
    if (error->kind == RW_NOT_APPLICABLE) return (abi_refusal){.tag = 0, .text = rw_said(error->text)};
    if (error->kind != RW_INVALID) return (abi_refusal){.tag = 2, .text = rw_error_told(error)};
    return (abi_refusal){.tag = 1, .problems = {error->problems, error->problem_count}};
}

/* The families stand before the value: a report needs to know how many there are, and of which kinds. */
static rw_bytes prepare(const rw_plan *plan, const rw_type *type, const void *value) {
    rw_builder out = {0};
    rw_carry_number(&out, (uint32_t)plan->families.count);
    for (size_t i = 0; i < plan->families.count; i++) {
        const abi_family *family = (const abi_family *)plan->families.items + i;
        rw_carry_number(&out, family->kind);
        rw_carry_number(&out, (uint32_t)family->label_names.count);
        rw_carry_bytes(&out, family->name);
    }
    rw_carry(&out, type, value);
    return rw_builder_bytes(&out);
}

static bool carried_family(rw_bytes *bytes, rw_known *family) {
    uint32_t kind, labels;
    if (!rw_carried_number(bytes, &kind) || !rw_carried_number(bytes, &labels)) return false;
    *family = (rw_known){.kind = (rw_kind)kind, .labels = labels};
    return kind <= RW_UNKNOWN && rw_carried_bytes(bytes, &family->name);
}

/* A report that knows the families of the plan, and the value that `configure` prepared. */
static rw_error *prepared(const rw_collector *collector, rw_bytes bytes, rw_report *report, void **value) {
    uint32_t count;
    bool is_one = rw_carried_number(&bytes, &count);
    for (uint32_t i = 0; is_one && i < count; i++)
        is_one = carried_family(&bytes, rw_vector_push(&report->known, sizeof(rw_known)));
    report->planned = report->known.count;
    *value = rw_alloc(collector->prepared.size);
    if (is_one && rw_carried(&bytes, &collector->prepared, *value)) return NULL;
    return rw_error_new(RW_OTHER, rw_str("prepared bytes of another version"));
}

static rw_error *lacks(const char *function) {
    return rw_error_new(RW_OTHER, rw_str(rw_format("the collector has no function `%s`", function)));
}

static rw_error *cannot_walk(const rw_collector *collector) {
    const char *missing = !collector->page ? "page" : !collector->end ? "end" : NULL;
    if (!missing) return NULL;
    return rw_error_new(RW_OTHER, rw_str(rw_format("the plan has a sweep, and the collector has no function `%s`",
                                                   missing)));
}

void rw_configure(const rw_collector *collector, rw_bytes config, const rw_server *server, abi_configured *configured) {
    void *read = rw_alloc(collector->config.size), *value = rw_alloc(collector->prepared.size);
    rw_plan plan = {0};
    rw_error *error = rw_config_read(&collector->config, config, read);
    if (!error) error = collector->configure ? collector->configure(read, server, &plan, value) : lacks("configure");
    if (!error) error = plan.misuse;
    if (!error && plan.sweeps.count) error = cannot_walk(collector);
    *configured = (abi_configured){.is_error = error != NULL};
    if (error) configured->refusal = refusal_of(error);
    else rw_plan_finish(&plan, prepare(&plan, &collector->prepared, value), &configured->plan);
}

static void give(rw_report *report, rw_error *error, abi_collected *collected) {
    if (!error) error = report->misuse;
    *collected = (abi_collected){.is_error = error != NULL};
    if (error) collected->failure = failure_of(error);
    else rw_report_finish(report, &collected->report);
}

void rw_collect(const rw_collector *collector, const abi_request *inner, abi_collected *collected) {
    rw_request request = {inner};
    rw_report report = {0};
    void *value;
    rw_error *error = prepared(collector, inner->prepared, &report, &value);
    /* One that only walks keys may do without. */
    if (!error && collector->collect) error = collector->collect(value, &request, &report);
    give(&report, error, collected);
}

static void done_with(rw_error *error, abi_done *done) {
    *done = (abi_done){.is_error = error != NULL};
    if (error) done->failure = failure_of(error);
}

/* What is read here lives as long as the walk. */
static rw_error *begun(rw_running *running) {
    return prepared(running->collector, running->request->prepared, running->families, &running->prepared);
}

void rw_begin(const rw_collector *collector, const abi_request *inner, rw_running *running, abi_done *done) {
    *running = (rw_running){.collector = collector, .request = inner};
    running->run = rw_run_alloc(collector->run_size);
    running->families = rw_run_alloc(sizeof *running->families);
    running->families->is_of_walk = true;
    rw_request request = {inner};
    rw_arena *call = rw_arena_enter(rw_arena_running());
    rw_error *error = begun(running);
    rw_arena_enter(call);
    if (!error && collector->begin) error = collector->begin(running->prepared, &request, running->run);
    done_with(error, done);
}

void rw_page_of(rw_running *running, const rw_page *page, abi_done *done) {
    rw_request request = {running->request};
    const rw_collector *collector = running->collector;
    rw_error *error = lacks("page");
    if (collector->page) error = collector->page(running->prepared, running->run, &request, page);
    done_with(error, done);
}

void rw_end(rw_running *running, bool complete, abi_collected *collected) {
    rw_report *report = running->families;
    const rw_collector *collector = running->collector;
    rw_error *error = lacks("end");
    if (collector->end) error = collector->end(running->prepared, running->run, complete, report);
    give(report, error, collected);
}
