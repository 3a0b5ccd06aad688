/* A recording of `redwasp plugin record` as a bench. */
#include <stdio.h>

#include "testing.h"

static rw_bytes content(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) rw_test_fail(path, 0, "the recording cannot be opened");
    rw_builder out = {0};
    char part[4096];
    size_t size;
    while ((size = fread(part, 1, sizeof part, file)) > 0) rw_builder_add(&out, (rw_bytes){part, size});
    fclose(file);
    return rw_builder_bytes(&out);
}

/* Bytes stand in it as the characters U+0000 to U+00FF. */
static rw_bytes bytes_of(const rw_json *json) {
    rw_builder out = {0};
    rw_bytes text = json && json->kind == RW_JSON_STRING ? json->text : rw_str("");
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte >= 0xc2 && byte <= 0xc3 && i + 1 < text.size)
            byte = (unsigned char)((byte & 3) << 6 | (text.data[++i] & 63));
        rw_builder_char(&out, (char)byte);
    }
    return out.size ? rw_builder_bytes(&out) : rw_str("");
}

static rw_bytes text_of(const rw_json *json) { return json && json->kind == RW_JSON_STRING ? json->text : rw_str(""); }

static uint64_t whole_of(const rw_json *json) {
    int64_t whole = 0;
    if (json && json->kind == RW_JSON_NUMBER) rw_parse_integer(json->text, &whole);
    return whole > 0 ? (uint64_t)whole : 0;
}

static rw_pairs pairs_of(const rw_json *json) {
    rw_vector pairs = {0};
    for (size_t i = 0; json && json->kind == RW_JSON_ARRAY && i < json->count; i++)
        if (json->items[i].kind == RW_JSON_ARRAY && json->items[i].count == 2)
            *(rw_pair *)rw_vector_push(&pairs, sizeof(rw_pair)) =
                (rw_pair){text_of(&json->items[i].items[0]), text_of(&json->items[i].items[1])};
    return (rw_pairs){pairs.items, pairs.count};
}

static abi_answer error_of(const rw_json *json) {
    static const char *const names[] = {"denied", "limit", "timeout", "unreachable", "server", "other"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const rw_json *value = rw_json_get(json, names[i]);
        if (!value) continue;
        if (value->kind == RW_JSON_ARRAY && value->count == 2)
            return rw_answer_of(rw_error_server(text_of(&value->items[0]), text_of(&value->items[1])));
        return rw_answer_of(rw_error_new(RW_DENIED + (rw_error_kind)i, text_of(value)));
    }
    return rw_answer_of(rw_test_error(RW_CALL_OTHER, "an error of a newer recording"));
}

static abi_answer answer_of(const rw_json *json) {
    const rw_json *reply = rw_json_get(json, "reply");
    return reply ? (abi_answer){.reply = bytes_of(reply)} : error_of(rw_json_get(json, "error"));
}

static void add_answers(rw_bench *bench, const rw_json *list) {
    for (size_t i = 0; list && list->kind == RW_JSON_ARRAY && i < list->count; i++) {
        const rw_json *args = rw_json_get(rw_json_get(&list->items[i], "command"), "args");
        rw_builder command = {0};
        for (size_t word = 0; args && word < args->count; word++) {
            if (word) rw_builder_char(&command, ' ');
            rw_builder_add(&command, bytes_of(&args->items[word]));
        }
        *(canned *)rw_vector_push(&bench->answers, sizeof(canned)) =
            (canned){rw_builder_bytes(&command), answer_of(&list->items[i])};
    }
}

static void add_key(rw_bench *bench, uint32_t sweep, const rw_json *json) {
    const rw_json *recorded = rw_json_get(json, "reads");
    rw_vector reads = {0};
    for (size_t i = 0; recorded && i < recorded->count; i++) {
        bool is_there = recorded->items[i].kind != RW_JSON_NULL;
        *(abi_maybe_answer *)rw_vector_push(&reads, sizeof(abi_maybe_answer)) =
            is_there ? (abi_maybe_answer){1, answer_of(&recorded->items[i])} : (abi_maybe_answer){0};
    }
    *(kept_key *)rw_vector_push(&bench->keys, sizeof(kept_key)) = (kept_key){
        .is_recorded = true,
        .sweep = sweep,
        .key = {bytes_of(rw_json_get(json, "key")), text_of(rw_json_get(json, "kind")), {reads.items, reads.count}},
    };
}

static void add_sweep(rw_bench *bench, const rw_json *json) {
    const rw_json *pages = rw_json_get(json, "pages"), *complete = rw_json_get(json, "complete");
    for (size_t i = 0; pages && i < pages->count; i++) {
        const rw_json *keys = rw_json_get(&pages->items[i], "keys");
        for (size_t key = 0; keys && key < keys->count; key++)
            add_key(bench, (uint32_t)whole_of(rw_json_get(&pages->items[i], "sweep")), &keys->items[key]);
    }
    bench->is_cut_short = complete && complete->kind == RW_JSON_BOOLEAN && !complete->boolean;
}

static void add_nodes(rw_bench *bench, const rw_json *list) {
    rw_vector nodes = {0};
    for (size_t i = 0; list && list->kind == RW_JSON_ARRAY && i < list->count; i++) {
        const rw_json *json = &list->items[i], *ranges = rw_json_get(json, "slots");
        rw_vector slots = {0};
        for (size_t range = 0; ranges && range < ranges->count; range++)
            if (ranges->items[range].count == 2)
                *(rw_slots *)rw_vector_push(&slots, sizeof(rw_slots)) =
                    (rw_slots){(uint32_t)whole_of(&ranges->items[range].items[0]),
                               (uint32_t)whole_of(&ranges->items[range].items[1])};
        *(rw_node *)rw_vector_push(&nodes, sizeof(rw_node)) = (rw_node){
            .id = text_of(rw_json_get(json, "id")),
            .address = text_of(rw_json_get(json, "address")),
            .role = text_of(rw_json_get(json, "role")),
            .shard = text_of(rw_json_get(json, "shard")),
            .primary = text_of(rw_json_get(json, "primary")),
            .slots = slots.items,
            .slot_count = slots.count,
            .extra = pairs_of(rw_json_get(json, "extra")),
        };
    }
    if (nodes.count) rw_bench_nodes(bench, nodes.items, nodes.count);
}

static rw_server server_of(const rw_json *json) {
    return (rw_server){
        .product = text_of(rw_json_get(json, "product")),
        .version = text_of(rw_json_get(json, "version")),
        .mode = text_of(rw_json_get(json, "mode")),
        .role = text_of(rw_json_get(json, "role")),
        .databases = (uint32_t)whole_of(rw_json_get(json, "databases")),
        .extra = pairs_of(rw_json_get(json, "extra")),
    };
}

rw_bench *rw_bench_recorded(const char *file) {
    rw_json json;
    rw_error *error = rw_json_read(content(file), &json);
    if (error) rw_test_fail(file, 0, "%.*s", RW_ARG(error->text));
    if (!rw_is(text_of(rw_json_get(&json, "redwasp")), "recording/1"))
        rw_test_fail(file, 0, "it is no recording of this version");
    rw_bench *bench = rw_bench_new(server_of(rw_json_get(&json, "server")));
    const rw_json *target = rw_json_get(&json, "target"), *state = rw_json_get(&json, "state");
    const rw_json *calls = rw_json_get(&json, "calls");
    bench->target = (rw_target){text_of(rw_json_get(target, "name")), pairs_of(rw_json_get(target, "labels")),
                                text_of(rw_json_get(target, "node")), pairs_of(rw_json_get(target, "extra"))};
    bench->unix_ms = whole_of(rw_json_get(&json, "unix_ms"));
    if (state && state->kind == RW_JSON_OBJECT)
        bench->state = (abi_maybe_state){
            1, {text_of(rw_json_get(state, "plugin_version")), bytes_of(rw_json_get(state, "bytes"))}};
    add_answers(bench, rw_json_get(&json, "prefetched"));
    for (size_t i = 0; calls && i < calls->count; i++) {
        add_answers(bench, rw_json_get(rw_json_get(&calls->items[i], "pipeline"), "answers"));
        add_nodes(bench, rw_json_get(&calls->items[i], "nodes"));
    }
    add_sweep(bench, rw_json_get(&json, "sweep"));
    return bench;
}
