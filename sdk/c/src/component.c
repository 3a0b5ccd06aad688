/* The component: memory for what the host hands over, and the functions behind the exports. Nothing of it is there
 * natively. */
#include "abi.h"

#ifdef __wasm__

static rw_arena run_arena;
static rw_running running;

/* The host asks for memory before a call begins and while an import returns; all of it is the call's. */
__attribute__((export_name("cabi_realloc"), used)) void *cabi_realloc(void *old, size_t old_size, size_t align,
                                                                      size_t size) {
    if (align > 16) rw_out_of_memory();
    if (size == 0) return (void *)align;
    void *piece = rw_arena_raw(rw_arena_current(), size);
    if (old_size) memcpy(piece, old, old_size < size ? old_size : size);
    return piece;
}

void *rw_component_describe(const rw_collector *collector) {
    abi_description *description = rw_alloc(sizeof *description);
    rw_describe(collector, description);
    return description;
}

void *rw_component_configure(const rw_collector *collector, const uintptr_t flat[13]) {
    rw_server server = {
        .product = {(const char *)flat[2], flat[3]},
        .version = {(const char *)flat[4], flat[5]},
        .mode = {(const char *)flat[6], flat[7]},
        .role = {(const char *)flat[8], flat[9]},
        .databases = flat[10],
        .extra = {(const rw_pair *)flat[11], flat[12]},
    };
    abi_configured *configured = rw_alloc(sizeof *configured);
    rw_configure(collector, (rw_bytes){(const char *)flat[0], flat[1]}, &server, configured);
    return configured;
}

void *rw_component_collect(const rw_collector *collector, void *request) {
    abi_collected *collected = rw_alloc(sizeof *collected);
    rw_collect(collector, request, collected);
    return collected;
}

void *rw_component_begin(const rw_collector *collector, void *request) {
    /* The request is needed until the end: what was taken for it becomes the run's. */
    rw_arena *call = rw_arena_current();
    run_arena = *call;
    *call = (rw_arena){0};
    rw_arena_enter_run(&run_arena);
    abi_done *done = rw_alloc(sizeof *done);
    rw_begin(collector, request, &running, done);
    if (done->is_error) running = (rw_running){0};
    return done;
}

static abi_failure not_begun(void) { return (abi_failure){.tag = 2, .text = rw_str("the run has not begun")}; }

void *rw_component_page(uint32_t sweep, void *keys, size_t count) {
    abi_done *done = rw_alloc(sizeof *done);
    if (running.collector) rw_page_of(&running, &(rw_page){sweep, keys, count}, done);
    else *done = (abi_done){.is_error = 1, .failure = not_begun()};
    return done;
}

void *rw_component_end(bool complete) {
    abi_collected *collected = rw_alloc(sizeof *collected);
    if (running.collector) rw_end(&running, complete, collected);
    else *collected = (abi_collected){.is_error = 1, .failure = not_begun()};
    running = (rw_running){0};
    return collected;
}

void rw_component_close(void) { rw_arena_free(rw_arena_current()); }
#endif
