/* Memory of a call: taken piece by piece, freed at once. */
#include <stdlib.h>

#include "internal.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RW_EACH_ALONE
#endif
#endif

#ifdef RW_EACH_ALONE
/* Each piece is an allocation of its own, so that the sanitizer sees what goes beyond it. */
#define CHUNK 0
#else
#define CHUNK ((size_t)64 * 1024 - 64)
#endif

#define ALIGNMENT ((size_t)16)

struct rw_chunk {
    rw_chunk *next;
    size_t size;
    size_t used;
};

#define HEAD ((sizeof(rw_chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

static rw_arena outside;
static rw_arena *current = &outside;
static rw_arena *running = &outside;

_Noreturn void rw_out_of_memory(void) { __builtin_trap(); }

static rw_chunk *chunk_for(rw_arena *arena, size_t size) {
    rw_chunk *chunk = arena->chunks;
    if (chunk && chunk->size - chunk->used >= size) return chunk;
    size_t room = size > CHUNK / 4 ? size : CHUNK;
    chunk = malloc(HEAD + room);
    if (!chunk) rw_out_of_memory();
    *chunk = (rw_chunk){.size = room};
    if (arena->chunks && room == size) {
        /* A large piece has a chunk of its own, behind the one that has room. */
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    return chunk;
}

void *rw_arena_raw(rw_arena *arena, size_t size) {
    /* Half of the address space is more than there is: sums below cannot overflow. */
    if (size > SIZE_MAX / 2 - HEAD) rw_out_of_memory();
#ifndef RW_EACH_ALONE
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
#endif
    rw_chunk *chunk = chunk_for(arena, size);
    void *piece = (char *)chunk + HEAD + chunk->used;
    chunk->used += size;
    return piece;
}

void rw_arena_free(rw_arena *arena) {
    rw_chunk *chunk = arena->chunks;
    while (chunk) {
        rw_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    arena->chunks = NULL;
}

rw_arena *rw_arena_enter(rw_arena *arena) {
    rw_arena *before = current;
    current = arena;
    return before;
}

rw_arena *rw_arena_enter_run(rw_arena *arena) {
    rw_arena *before = running;
    running = arena;
    return before;
}

rw_arena *rw_arena_current(void) { return current; }

rw_arena *rw_arena_running(void) { return running; }

static void *zeroed(rw_arena *arena, size_t size) {
    void *piece = rw_arena_raw(arena, size);
    memset(piece, 0, size);
    return piece;
}

void *rw_alloc(size_t size) { return zeroed(current, size); }

void *rw_alloc_array(size_t count, size_t size) {
    size_t all;
    if (__builtin_mul_overflow(count, size, &all)) rw_out_of_memory();
    return zeroed(current, all);
}

void *rw_run_alloc(size_t size) { return zeroed(running, size); }

static rw_bytes copied(rw_arena *arena, rw_bytes bytes) {
    char *copy = rw_arena_raw(arena, bytes.size + 1);
    if (bytes.size) memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = 0;
    return (rw_bytes){copy, bytes.size};
}

rw_bytes rw_copy(rw_bytes bytes) { return copied(current, bytes); }

rw_bytes rw_run_copy(rw_bytes bytes) { return copied(running, bytes); }

/* The room for at least `needed` of `size` bytes each: twice as much as before. */
static void *grown(void *items, size_t used, size_t *room, size_t needed, size_t size) {
    size_t more = *room > SIZE_MAX / 4 ? needed : *room * 2;
    if (more < needed) more = needed;
    if (more < 8) more = 8;
    void *larger = rw_alloc_array(more, size);
    if (used) memcpy(larger, items, used * size);
    *room = more;
    return larger;
}

void *rw_vector_push(rw_vector *vector, size_t size_of_one) {
    if (vector->count == vector->room)
        vector->items = grown(vector->items, vector->count, &vector->room, vector->count + 1, size_of_one);
    return (char *)vector->items + size_of_one * vector->count++;
}

void rw_builder_add(rw_builder *builder, rw_bytes bytes) {
    if (bytes.size > builder->room - builder->size)
        builder->data = grown(builder->data, builder->size, &builder->room, builder->size + bytes.size, 1);
    if (bytes.size) memcpy(builder->data + builder->size, bytes.data, bytes.size);
    builder->size += bytes.size;
}

void rw_builder_str(rw_builder *builder, const char *text) { rw_builder_add(builder, rw_str(text)); }

void rw_builder_char(rw_builder *builder, char byte) { rw_builder_add(builder, (rw_bytes){&byte, 1}); }

void rw_builder_format(rw_builder *builder, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rw_builder_str(builder, rw_format_args(format, arguments));
    va_end(arguments);
}

rw_bytes rw_builder_bytes(const rw_builder *builder) { return (rw_bytes){builder->data, builder->size}; }
