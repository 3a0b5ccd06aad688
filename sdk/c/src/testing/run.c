/* The calls of the contract, against a bench. */
#include "testing.h"

static void refused(rw_result *result, const abi_refusal *refusal) {
    result->outcome = RW_REFUSED;
    result->is_not_applicable = refusal->tag == 0;
    if (refusal->tag != 1) {
        result->why = rw_copy(refusal->text).data;
        return;
    }
    result->problems = refusal->problems;
    rw_builder why = {0};
    for (size_t i = 0; i < refusal->problems.count; i++) {
        const rw_problem *problem = &refusal->problems.items[i];
        rw_builder_format(&why, "%s%.*s: %.*s", i ? "\n" : "", RW_ARG(problem->pointer), RW_ARG(problem->message));
    }
    rw_builder_char(&why, 0);
    result->why = why.data;
}

static void failed(rw_result *result, const abi_failure *failure) {
    result->outcome = RW_FAILED;
    result->is_not_applicable = failure->tag == 0;
    rw_bytes text = failure->tag == 1 ? rw_why(rw_call_error_of(&failure->redis)) : failure->text;
    result->why = rw_copy(text).data;
}

static void not_taken(rw_result *result, const char *wrong) {
    if (!wrong) return;
    result->outcome = RW_NOT_TAKEN;
    result->why = wrong;
}

static void finished(rw_bench *bench, rw_result *result, const abi_collected *collected) {
    if (collected->is_error) {
        failed(result, &collected->failure);
        return;
    }
    result->report = collected->report;
    not_taken(result, rw_check_report(&result->plan, &result->report, bench->most_series));
}

/* Whether there is a plan that the daemon takes. In memory of its own, that lives until the test ends. */
static bool configured(rw_bench *bench, const rw_collector *collector, const char *config, rw_result *result) {
    abi_description description;
    abi_configured made;
    rw_arena *test = rw_arena_enter(rw_test_arena());
    rw_describe(collector, &description);
    rw_configure(collector, rw_str(config), &bench->server, &made);
    rw_arena_enter(test);
    result->version = description.version;
    if (made.is_error) {
        refused(result, &made.refusal);
        return false;
    }
    result->plan = made.plan;
    result->problems = made.plan.problems;
    bench->asks = made.plan.asks;
    not_taken(result, rw_check_plan(&result->plan));
    return result->outcome == RW_PAGE;
}

static abi_request request_of(const rw_bench *bench, const abi_plan *plan) {
    return (abi_request){
        .prepared = rw_copy(plan->prepared),
        .target = bench->target,
        .server = bench->server,
        .unix_ms = bench->unix_ms,
    };
}

static bool are_same(rw_list one, rw_list other) {
    if (one.count != other.count) return false;
    for (size_t i = 0; i < one.count; i++)
        if (!rw_equal(one.items[i], other.items[i])) return false;
    return true;
}

static abi_answers prefetched(const rw_bench *bench, const abi_commands *commands) {
    abi_answer *answers = rw_alloc_array(commands->count, sizeof *answers);
    for (size_t i = 0; i < commands->count; i++) {
        size_t before = 0;
        for (size_t other = 0; other < i; other++)
            before += are_same(commands->items[other].words, commands->items[i].words);
        answers[i] = rw_bench_answer(bench, commands->items[i].words, before);
    }
    return (abi_answers){answers, commands->count};
}

static rw_result *begun(rw_bench *bench) {
    bench->logs = (rw_vector){0};
    bench->asks = (abi_asks){0};
    bench->calls = bench->commands = bench->bytes = 0;
    rw_bench_use(bench);
    rw_result *result = rw_alloc(sizeof *result);
    result->why = "";
    return result;
}

static rw_result *ended(rw_bench *bench, rw_result *result) {
    rw_bench_use(NULL);
    result->logs = (rw_list){bench->logs.items, bench->logs.count};
    return result;
}

rw_result *rw_bench_collect(rw_bench *bench, const rw_collector *collector, const char *config) {
    rw_result *result = begun(bench);
    if (!configured(bench, collector, config, result)) return ended(bench, result);
    abi_request request = request_of(bench, &result->plan);
    request.prefetched = prefetched(bench, &result->plan.prefetch);
    request.state = bench->state;
    abi_collected collected;
    rw_arena *test = rw_arena_enter(rw_test_arena());
    rw_collect(collector, &request, &collected);
    rw_arena_enter(test);
    finished(bench, result, &collected);
    return ended(bench, result);
}

static rw_key copied(const rw_key *key) {
    abi_maybe_answer *reads = rw_alloc_array(key->reads.count, sizeof *reads);
    for (size_t i = 0; i < key->reads.count; i++) {
        reads[i] = key->reads.items[i];
        if (!reads[i].answer.is_error) reads[i].answer.reply = rw_copy(reads[i].answer.reply);
    }
    return (rw_key){rw_copy(key->name), rw_copy(key->kind), {reads, key->reads.count}};
}

/* What a page takes is gone after it, as in a component: what is kept of it is seen by the sanitizer. */
static bool shown(rw_bench *bench, rw_running *running, const rw_page *page, rw_result *result) {
    rw_arena arena = {0}, *test = rw_arena_enter(&arena);
    rw_key *keys = rw_alloc_array(page->count, sizeof *keys);
    for (size_t i = 0; i < page->count; i++) keys[i] = copied(&page->keys[i]);
    abi_done done;
    bench->calls = bench->commands = bench->bytes = 0;
    rw_page_of(running, &(rw_page){page->sweep, keys, page->count}, &done);
    rw_arena_enter(test);
    if (done.is_error) failed(result, &done.failure);
    rw_arena_free(&arena);
    return !done.is_error;
}

static bool walked(rw_bench *bench, rw_running *running, uint32_t index, const abi_sweep *sweep, rw_result *result) {
    rw_vector found = {0};
    for (size_t i = 0; i < bench->keys.count; i++) {
        const kept_key *kept = (const kept_key *)bench->keys.items + i;
        rw_key key =
            kept->is_recorded ? (kept->sweep == index ? kept->key : (rw_key){0}) : rw_bench_found(bench, kept, sweep);
        if (key.name.data) *(rw_key *)rw_vector_push(&found, sizeof key) = key;
    }
    for (size_t begin = 0; begin < found.count; begin += bench->keys_of_a_page) {
        size_t left = found.count - begin;
        size_t count = left < bench->keys_of_a_page ? left : bench->keys_of_a_page;
        if (!shown(bench, running, &(rw_page){index, (const rw_key *)found.items + begin, count}, result)) return false;
    }
    return true;
}

rw_result *rw_bench_sweep(rw_bench *bench, const rw_collector *collector, const char *config) {
    rw_result *result = begun(bench);
    if (!configured(bench, collector, config, result)) return ended(bench, result);
    abi_request request = request_of(bench, &result->plan);
    rw_arena *run = rw_arena_enter_run(rw_test_arena()), *test = rw_arena_enter(rw_test_arena());
    rw_running running;
    abi_done done;
    rw_begin(collector, &request, &running, &done);
    rw_arena_enter(test);
    if (done.is_error) failed(result, &done.failure);
    bool goes_on = !done.is_error;
    for (uint32_t i = 0; goes_on && i < result->plan.sweeps.count; i++)
        goes_on = walked(bench, &running, i, &result->plan.sweeps.items[i], result);
    if (goes_on) {
        abi_collected collected;
        rw_arena_enter(rw_test_arena());
        rw_end(&running, !bench->is_cut_short, &collected);
        rw_arena_enter(test);
        finished(bench, result, &collected);
    }
    rw_arena_enter_run(run);
    return ended(bench, result);
}
