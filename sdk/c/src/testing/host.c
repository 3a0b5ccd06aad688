/* The host's part, played by a bench. */
#include "testing.h"

/* Pipelines of a collect, and of a page; commands of one. */
#define PIPELINES 64
#define COMMANDS 1024

static rw_bench *bench;

void rw_bench_use(rw_bench *used) { bench = used; }

void rw_host_pipeline(rw_route route, const rw_command *commands, size_t count, abi_pipelined *out) {
    (void)route;
    *out = (abi_pipelined){.is_error = 1};
    if (!bench) {
        out->error = rw_call_error_to(rw_test_error(RW_CALL_OTHER, "there is no host"));
        return;
    }
    if (++bench->pipelines > PIPELINES) {
        out->error =
            rw_call_error_to(rw_test_error(RW_LIMIT, rw_format("more than %d pipelines in one call", PIPELINES)));
        return;
    }
    abi_answer *answers = rw_alloc_array(count, sizeof *answers);
    for (size_t i = 0; i < count; i++) {
        answers[i] = rw_bench_answer(bench, commands[i].words, 0);
        if (!answers[i].is_error) answers[i].reply = rw_copy(answers[i].reply);
    }
    *out = (abi_pipelined){.answers = {answers, count}};
}

void rw_host_nodes(abi_nodes_result *out) {
    rw_node *node = rw_alloc(sizeof *node);
    *node = (rw_node){.id = rw_str(""),
                      .address = rw_str("localhost:6379"),
                      .role = rw_str("master"),
                      .shard = rw_str(""),
                      .primary = rw_str("")};
    if (bench && bench->nodes.count) *out = (abi_nodes_result){.nodes = {bench->nodes.items, bench->nodes.count}};
    else *out = (abi_nodes_result){.nodes = {node, 1}};
}

void rw_host_remaining(rw_budget *out) {
    *out = (rw_budget){.milliseconds = 2000, .commands = COMMANDS, .bytes = 16 << 20};
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
