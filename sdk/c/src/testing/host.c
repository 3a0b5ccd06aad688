/* The host's part, played by a bench. */
#include "testing.h"

/* Budgets of a collect, and of a page. */
#define CALLS 64
#define COMMANDS 1024
#define BYTES (16 << 20)

static rw_bench *bench;

void rw_bench_use(rw_bench *used) { bench = used; }

/* Counts a call of so many commands; says why the budgets do not allow it, NULL if they do. */
static const rw_error *admit(size_t commands) {
    if (!bench) return rw_test_error(RW_CALL_OTHER, "there is no host");
    if (bench->calls >= CALLS) return rw_test_error(RW_LIMIT, rw_format("more than %d calls (limits.calls)", CALLS));
    bench->calls++;
    if (commands > COMMANDS - bench->commands)
        return rw_test_error(RW_LIMIT, rw_format("more than %d commands in one collect (limits.commands)", COMMANDS));
    bench->commands += commands;
    return NULL;
}

/* What the rules deny is denied whatever the test has for it. */
static abi_answer answer_to(const rw_command *command) {
    const char *denied = rw_denied(bench->asks, command->database, command->words);
    return denied ? rw_answer_of(rw_test_error(RW_DENIED, denied)) : rw_bench_answer(bench, command->words, 0);
}

void rw_host_pipeline(rw_route route, const rw_command *commands, size_t count, abi_pipelined *out) {
    (void)route;
    const rw_error *error = admit(count);
    if (error) {
        *out = (abi_pipelined){.is_error = 1, .error = rw_call_error_to(error)};
        return;
    }
    abi_answer *answers = rw_alloc_array(count, sizeof *answers);
    for (size_t i = 0; i < count; i++) {
        answers[i] = answer_to(&commands[i]);
        if (answers[i].is_error) continue;
        answers[i].reply = rw_copy(answers[i].reply);
        bench->bytes += answers[i].reply.size;
    }
    *out = (abi_pipelined){.answers = {answers, count}};
}

void rw_host_nodes(abi_nodes_result *out) {
    const rw_error *error = admit(0);
    if (error) {
        *out = (abi_nodes_result){.is_error = 1, .error = rw_call_error_to(error)};
        return;
    }
    rw_node *node = rw_alloc(sizeof *node);
    *node = (rw_node){.id = rw_str(""),
                      .address = rw_str("localhost:6379"),
                      .role = bench->server.role,
                      .shard = rw_str(""),
                      .primary = rw_str("")};
    if (bench->nodes.count) *out = (abi_nodes_result){.nodes = {bench->nodes.items, bench->nodes.count}};
    else *out = (abi_nodes_result){.nodes = {node, 1}};
}

void rw_host_remaining(rw_budget *out) {
    *out = (rw_budget){0};
    if (!bench) return;
    *out = (rw_budget){
        .milliseconds = 2000,
        .calls = CALLS - (uint32_t)bench->calls,
        .commands = COMMANDS - (uint32_t)bench->commands,
        .bytes = bench->bytes < BYTES ? BYTES - bench->bytes : 0,
    };
}

void rw_host_log(rw_level level, rw_bytes message, rw_pairs fields) {
    static const char *const names[] = {"trace", "debug", "info", "warn", "error"};
    if (!bench) return;
    rw_arena *call = rw_arena_enter(rw_test_arena());
    rw_builder line = {0};
    rw_builder_format(&line, "%s %.*s", names[level], RW_ARG(message));
    for (size_t i = 0; i < fields.count; i++)
        rw_builder_format(&line, " %.*s=%.*s", RW_ARG(fields.items[i].name), RW_ARG(fields.items[i].value));
    *(rw_bytes *)rw_vector_push(&bench->logs, sizeof(rw_bytes)) = rw_builder_bytes(&line);
    rw_arena_enter(call);
}
