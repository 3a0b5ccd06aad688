/* Tests of what ends a call. */
#ifndef REDWASP_TRAPS_H
#define REDWASP_TRAPS_H

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "redwasp_test.h"

/* Whether a function ends the process that it runs in with a trap. */
static inline bool rw_traps(void (*run)(void)) {
    pid_t child = fork();
    if (child == 0) {
        signal(SIGILL, SIG_DFL);
        signal(SIGTRAP, SIG_DFL);
        run();
        _exit(0);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status);
}

#define RW_CHECK_TRAP(run) RW_CHECK(rw_traps(run))

#endif
