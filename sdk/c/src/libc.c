/* What a libc does with files, done without them: those functions would import the system, which a plugin does not
 * have. */
#include <stdio.h>

#include "internal.h"

#ifdef __wasm__

int vsnprintf(char *restrict out, size_t room, const char *restrict format, va_list arguments) {
    const char *text = rw_format_of_c(format, arguments);
    size_t size = strlen(text), kept = size < room ? size : room - 1;
    if (room) {
        memcpy(out, text, kept);
        out[kept] = 0;
    }
    return (int)size;
}

int snprintf(char *restrict out, size_t room, const char *restrict format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(out, room, format, arguments);
    va_end(arguments);
    return size;
}

/* Behind assert(). The place is the next frame of the trap. */
_Noreturn void __assert_fail(const char *expression, const char *file, int line, const char *function) {
    (void)expression, (void)file, (void)line, (void)function;
    __builtin_trap();
}

_Noreturn void abort(void) { __builtin_trap(); }
#endif
