/* What the files of the bench share. */
#ifndef REDWASP_TESTING_H
#define REDWASP_TESTING_H

#include "../abi.h"
#include "redwasp_test.h"

typedef struct canned {
    rw_bytes command;
    abi_answer answer;
} canned;

typedef struct kept_key {
    uint32_t database;
    rw_key key;
    bool is_recorded; /* then it is of one sweep and has its reads */
    uint32_t sweep;
} kept_key;

struct rw_bench {
    rw_server server;
    rw_target target;
    rw_vector answers;
    rw_vector keys;
    rw_vector logs;
    rw_vector nodes;
    size_t keys_of_a_page;
    size_t most_series;
    size_t calls, commands, bytes; /* of the call that is under way */
    bool is_cut_short;
    uint64_t unix_ms;
    abi_maybe_state state;
};

struct rw_result {
    rw_outcome outcome;
    const char *why;
    rw_bytes version; /* of the collector */
    bool is_not_applicable;
    abi_plan plan;
    abi_report report;
    abi_problems problems;
    rw_list logs;
};

/* An arena that is freed when the test ends. */
rw_arena *rw_test_arena(void);
abi_answer rw_bench_answer(const rw_bench *bench, rw_list words, size_t before);
/* The bench that answers for the host; NULL for none. */
void rw_bench_use(rw_bench *bench);
bool rw_glob(rw_bytes pattern, rw_bytes key);
/* The first thing that is wrong with a plan and its report; NULL for nothing. */
const char *rw_check_report(const abi_plan *plan, const abi_report *report, size_t most_series);
abi_answer rw_answer_of(const rw_error *error);
rw_key rw_bench_found(rw_bench *bench, const kept_key *key, const abi_sweep *sweep);

#endif
