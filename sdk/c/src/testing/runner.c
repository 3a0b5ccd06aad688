/* Runs tests, one after the other. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include "testing.h"

static rw_test *tests;
static jmp_buf failed;

/* Arenas of the test that runs. */
typedef struct kept_arena {
    rw_arena arena;
    struct kept_arena *next;
} kept_arena;

static kept_arena *arenas;

rw_arena *rw_test_arena(void) {
    kept_arena *made = calloc(1, sizeof *made);
    if (!made) rw_out_of_memory();
    made->next = arenas;
    arenas = made;
    return &made->arena;
}

static void free_arenas(void) {
    while (arenas) {
        kept_arena *next = arenas->next;
        rw_arena_free(&arenas->arena);
        free(arenas);
        arenas = next;
    }
}

void rw_test_add(rw_test *test) {
    rw_test **last = &tests;
    while (*last) last = &(*last)->next;
    *last = test;
}

_Noreturn void rw_test_fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = rw_format_args(format, arguments);
    va_end(arguments);
    printf("%s:%d: %s\n", file, line, text);
    longjmp(failed, 1);
}

static bool runs(const rw_test *test) {
    rw_arena *before = rw_arena_enter(rw_test_arena()), *run = rw_arena_enter_run(rw_test_arena());
    volatile bool is_well = false;
    if (setjmp(failed) == 0) {
        test->run();
        is_well = true;
    }
    rw_bench_use(NULL);
    rw_arena_enter(before);
    rw_arena_enter_run(run);
    free_arenas();
    printf("%s %s\n", is_well ? "ok  " : "FAIL", test->name);
    fflush(stdout);
    return is_well;
}

static bool is_wanted(const rw_test *test, int count, char **begins) {
    for (int i = 1; i < count; i++)
        if (rw_starts_with(rw_str(test->name), begins[i])) return true;
    return count < 2;
}

int main(int count, char **begins) {
    int well = 0, all = 0;
    for (const rw_test *test = tests; test; test = test->next) {
        if (!is_wanted(test, count, begins)) continue;
        all++;
        well += runs(test);
    }
    printf("%d of %d tests passed\n", well, all);
    return all > 0 && well == all ? EXIT_SUCCESS : EXIT_FAILURE;
}
