/* A server with canned replies. */
#include "testing.h"

/* Keys of a page of a sweep, unless the test says otherwise; few, so that tests have several pages. */
#define KEYS_OF_A_PAGE 3
/* Series of a report, unless the test says otherwise. */
#define MOST_SERIES 10000

rw_bench *rw_bench_new(rw_server server) {
    rw_bench *bench = rw_alloc(sizeof *bench);
    *bench = (rw_bench){
        .server = server,
        .target = {.name = rw_str("redis://localhost:6379"), .node = rw_str("")},
        .keys_of_a_page = KEYS_OF_A_PAGE,
        .most_series = MOST_SERIES,
    };
    return bench;
}

void rw_bench_reply(rw_bench *bench, const char *command, rw_bytes resp) {
    *(canned *)rw_vector_push(&bench->answers, sizeof(canned)) =
        (canned){rw_copy(rw_str(command)), {.is_error = 0, .reply = rw_copy(resp)}};
}

abi_answer rw_answer_of(const rw_error *error) { return (abi_answer){.is_error = 1, .error = rw_call_error_to(error)}; }

void rw_bench_error(rw_bench *bench, const char *command, const rw_error *error) {
    *(canned *)rw_vector_push(&bench->answers, sizeof(canned)) =
        (canned){rw_copy(rw_str(command)), rw_answer_of(error)};
}

void rw_bench_denied(rw_bench *bench, const char *command) {
    rw_bench_error(bench, command, rw_test_error(RW_DENIED, rw_format("%s is not granted", command)));
}

void rw_bench_timeout(rw_bench *bench, const char *command) {
    rw_bench_error(bench, command, rw_test_error(RW_TIMEOUT, ""));
}

void rw_bench_key(rw_bench *bench, uint32_t database, const char *name, const char *type) {
    rw_bench_key_bytes(bench, database, rw_str(name), type);
}

void rw_bench_key_bytes(rw_bench *bench, uint32_t database, rw_bytes name, const char *type) {
    *(kept_key *)rw_vector_push(&bench->keys, sizeof(kept_key)) =
        (kept_key){.database = database, .key = {.name = rw_copy(name), .kind = rw_copy(rw_str(type))}};
}

static rw_pairs pairs_copy(rw_pairs pairs) {
    rw_pair *copy = rw_alloc_array(pairs.count, sizeof *copy);
    for (size_t i = 0; i < pairs.count; i++)
        copy[i] = (rw_pair){rw_copy(pairs.items[i].name), rw_copy(pairs.items[i].value)};
    return (rw_pairs){copy, pairs.count};
}

void rw_bench_nodes(rw_bench *bench, const rw_node *nodes, size_t count) {
    bench->nodes = (rw_vector){0};
    for (size_t i = 0; i < count; i++) {
        const rw_node *node = &nodes[i];
        rw_slots *slots = rw_alloc_array(node->slot_count, sizeof *slots);
        for (size_t slot = 0; slot < node->slot_count; slot++) slots[slot] = node->slots[slot];
        *(rw_node *)rw_vector_push(&bench->nodes, sizeof(rw_node)) = (rw_node){
            .id = rw_copy(node->id),
            .address = rw_copy(node->address),
            .role = rw_copy(node->role),
            .shard = rw_copy(node->shard),
            .primary = rw_copy(node->primary),
            .slots = slots,
            .slot_count = node->slot_count,
            .extra = pairs_copy(node->extra),
        };
    }
}

void rw_bench_page_of(rw_bench *bench, size_t keys) { bench->keys_of_a_page = keys ? keys : 1; }

void rw_bench_cut_short(rw_bench *bench) { bench->is_cut_short = true; }

void rw_bench_at(rw_bench *bench, uint64_t unix_ms) { bench->unix_ms = unix_ms; }

void rw_bench_most_series(rw_bench *bench, size_t series) { bench->most_series = series; }

void rw_bench_after(rw_bench *bench, const rw_result *result) {
    rw_bytes state;
    if (!rw_result_state(result, &state)) return;
    bench->state = (abi_maybe_state){1, {rw_copy(result->version), rw_copy(state)}};
}

static rw_bytes joined(rw_list words) {
    rw_builder out = {0};
    for (size_t i = 0; i < words.count; i++) {
        if (i) rw_builder_char(&out, ' ');
        rw_builder_add(&out, words.items[i]);
    }
    return rw_builder_bytes(&out);
}

/* The answer to a command that has been answered so many times. */
abi_answer rw_bench_answer(const rw_bench *bench, rw_list words, size_t before) {
    rw_bytes command = joined(words);
    const canned *all = bench->answers.items, *found = NULL;
    for (size_t i = 0; i < bench->answers.count; i++) {
        if (!rw_equal(all[i].command, command)) continue;
        found = &all[i];
        if (before-- == 0) break;
    }
    if (found) return found->answer;
    return rw_answer_of(
        rw_test_error(RW_DENIED, rw_format("the bench has no reply to %.*s", RW_ARG(rw_text(command)))));
}

static bool is_of(rw_list types, rw_bytes kind) {
    for (size_t i = 0; i < types.count; i++) {
        bool is_same = types.items[i].size == kind.size;
        for (size_t byte = 0; is_same && byte < kind.size; byte++)
            is_same = (types.items[i].data[byte] | 0x20) == (kind.data[byte] | 0x20);
        if (is_same) return true;
    }
    return types.count == 0;
}

rw_list rw_read_words(const rw_key_read *read, rw_bytes key) {
    rw_vector words = {0};
    for (size_t i = 0; i < read->before.count; i++)
        *(rw_bytes *)rw_vector_push(&words, sizeof(rw_bytes)) = read->before.items[i];
    *(rw_bytes *)rw_vector_push(&words, sizeof(rw_bytes)) = key;
    for (size_t i = 0; i < read->after.count; i++)
        *(rw_bytes *)rw_vector_push(&words, sizeof(rw_bytes)) = read->after.items[i];
    return (rw_list){words.items, words.count};
}

static abi_maybe_answer read_of(const rw_bench *bench, const kept_key *key, const rw_key_read *read) {
    if (!is_of(read->types, key->key.kind)) return (abi_maybe_answer){0};
    return (abi_maybe_answer){1, rw_bench_answer(bench, rw_read_words(read, key->key.name), 0)};
}

/* A key with what the sweep reads of it; without a name when it is not one of its keys. */
rw_key rw_bench_found(rw_bench *bench, const kept_key *key, const abi_sweep *sweep) {
    if (key->database != sweep->database || !is_of(sweep->types, key->key.kind) ||
        !rw_glob(sweep->pattern, key->key.name))
        return (rw_key){0};
    rw_key found = {.name = rw_copy(key->key.name), .kind = rw_str("")};
    bool names_types = sweep->types.count != 0;
    abi_maybe_answer *reads = rw_alloc_array(sweep->reads.count, sizeof *reads);
    for (size_t i = 0; i < sweep->reads.count; i++) {
        names_types |= sweep->reads.items[i].types.count != 0;
        reads[i] = read_of(bench, key, &sweep->reads.items[i]);
    }
    if (names_types) found.kind = key->key.kind;
    found.reads = (abi_maybe_answers){reads, sweep->reads.count};
    return found;
}
