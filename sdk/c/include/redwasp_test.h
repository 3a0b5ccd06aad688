/*
 * Tests of a collector without a daemon and without WebAssembly: canned replies in, a page of metrics out.
 *
 *     RW_TEST(the_ratio_is_told) {
 *         rw_bench *bench = rw_bench_new(rw_test_server("redis", "7.0.15"));
 *         rw_bench_reply(bench, "INFO ALL", rw_resp_bulk("keyspace_hits:1\r\nkeyspace_misses:1\r\n"));
 *         rw_result *result = rw_bench_collect(bench, &hits, "{}");
 *         RW_CHECK_VALUE(result, "hits_hit_ratio", RW_NONE, 0.5);
 *     }
 *
 * The library has a `main` that runs every RW_TEST, or those whose names begin with one of its arguments. What a test
 * takes with rw_alloc lives until the test ends.
 */
#ifndef REDWASP_TEST_H
#define REDWASP_TEST_H

#include "redwasp.h"

/* ---- Servers and replies ---- */

/* A standalone master with 16 databases. Change what the test is about. */
rw_server rw_test_server(const char *product, const char *version);

/* RESP3 bytes. Elements of an array and of a map are such bytes themselves. */
rw_bytes rw_resp_bulk(const char *text);
rw_bytes rw_resp_bulk_bytes(rw_bytes bytes);
rw_bytes rw_resp_simple(const char *text);
rw_bytes rw_resp_error(const char *line);
rw_bytes rw_resp_integer(int64_t integer);
rw_bytes rw_resp_double(double number);
rw_bytes rw_resp_boolean(bool boolean);
rw_bytes rw_resp_null(void);
rw_bytes rw_resp_array(rw_list elements);
rw_bytes rw_resp_set(rw_list elements);
rw_bytes rw_resp_map(rw_list keys_and_values);

/* Why a command has no reply: kinds from RW_DENIED on. `code` is that of RW_SERVER. */
rw_error *rw_test_error(rw_error_kind kind, const char *text);
rw_error *rw_test_server_error(const char *code, const char *message);

/* ---- Bench ---- */

/* A server with canned replies. A command without one is refused as if the operator had not granted it.
 *
 * What the daemon refuses the bench refuses, in the same words: a plan, before a call is made, for the names of its
 * families and labels, its asks, what it prefetches and what its sweeps read; a report that does not fit its families.
 * A command that a call sends is denied, whatever reply there is for it, when it is no read, is written otherwise, or
 * is not covered by an ask in name, database and first key. Bounds of COUNT and further keys are not looked at: those
 * of commands in the plan `redwasp plugin build` says, those of commands that a call sends `redwasp plugin run` and the
 * daemon. */
typedef struct rw_bench rw_bench;

rw_bench *rw_bench_new(rw_server server);

/* A server as `redwasp plugin record` wrote it to a file. A file that cannot be read fails the test. */
rw_bench *rw_bench_recorded(const char *file);

/* What answers a command, its words with a space between. A command that a plan has several times is answered with the
 * first, then the second, and the last one from there on. */
void rw_bench_reply(rw_bench *bench, const char *command, rw_bytes resp);
void rw_bench_error(rw_bench *bench, const char *command, const rw_error *error);
void rw_bench_denied(rw_bench *bench, const char *command);
void rw_bench_timeout(rw_bench *bench, const char *command);

/* A key that walks find. What is read of it is answered as other commands are: "HGET order:1 amount". */
void rw_bench_key(rw_bench *bench, uint32_t database, const char *name, const char *type);
void rw_bench_key_bytes(rw_bench *bench, uint32_t database, rw_bytes name, const char *type);
/* The nodes behind the target; if not said, one, without slots. */
void rw_bench_nodes(rw_bench *bench, const rw_node *nodes, size_t count);
/* Shows so many keys at a time; 3 if not said. */
void rw_bench_page_of(rw_bench *bench, size_t keys);
/* Lets the walk's budget end before all keys were seen. */
void rw_bench_cut_short(rw_bench *bench);
/* When the scrape begins, Unix time in milliseconds; 0 if not said. */
void rw_bench_at(rw_bench *bench, uint64_t unix_ms);
/* Takes reports of so many series; 10,000 if not said. */
void rw_bench_most_series(rw_bench *bench, size_t series);

/* What a call gave. */
typedef struct rw_result rw_result;

/* The collect after the one that gave this: it gets what that one saved, and the version of the collector. */
void rw_bench_after(rw_bench *bench, const rw_result *result);

/* Configures and collects once. */
rw_result *rw_bench_collect(rw_bench *bench, const rw_collector *collector, const char *config);
/* Configures and runs all sweeps of the plan once. */
rw_result *rw_bench_sweep(rw_bench *bench, const rw_collector *collector, const char *config);

/* ---- Results ---- */

typedef enum rw_outcome {
    RW_PAGE,     /* there is a page */
    RW_REFUSED,  /* `configure` refused */
    RW_FAILED,   /* `collect`, or begin, page or end failed */
    RW_NOT_TAKEN /* the daemon would not take the plan, and nothing was called after `configure`; or it would not take
                  * the report, or not all of it: a series that is given twice */
} rw_outcome;

rw_outcome rw_result_outcome(const rw_result *result);
/* Why there is no page: what the daemon would tell; "" when there is one. Problems are told line by line. An error in
 * `configure` that is neither rw_not_applicable nor rw_invalid is told with its places, and has no problems. */
const char *rw_result_why(const rw_result *result);
/* Of RW_REFUSED and RW_FAILED: whether it is because there is nothing to measure. */
bool rw_result_is_not_applicable(const rw_result *result);
/* The page in Prometheus' text format, families and labels sorted, as the daemon would serve it. */
const char *rw_result_text(const rw_result *result, const char *name_space);
/* The value of a sample, by the label values in the order of the family's labels. False when it is not there. */
bool rw_result_value(const rw_result *result, const char *name, rw_list label_values, double *value);
/* Problems of a refusal, or those that the plan goes without. */
size_t rw_result_problems(const rw_result *result, const rw_problem **problems);
/* What the collector warned of. */
rw_list rw_result_warnings(const rw_result *result);
bool rw_result_is_partial(const rw_result *result);
/* What the collector saved; false when it keeps what it has. */
bool rw_result_state(const rw_result *result, rw_bytes *state);
/* Lines of the log: "level message name=value". */
rw_list rw_result_logs(const rw_result *result);

/* ---- Tests ---- */

typedef struct rw_test {
    const char *name;
    void (*run)(void);
    struct rw_test *next;
} rw_test;

void rw_test_add(rw_test *test);
_Noreturn void rw_test_fail(const char *file, int line, const char *format, ...) RW_FORMAT(3, 4);
void rw_check_text(const char *file, int line, rw_bytes actual, rw_bytes expected);
void rw_check_has(const char *file, int line, rw_bytes actual, rw_bytes part);
void rw_check_number(const char *file, int line, double actual, double expected);
void rw_check_ok(const char *file, int line, const rw_result *result);
void rw_check_value(const char *file, int line, const rw_result *result, const char *name, rw_list labels,
                    double expected);
void rw_check_no_value(const char *file, int line, const rw_result *result, const char *name, rw_list labels);
void rw_check_problem(const char *file, int line, const rw_result *result, const char *pointer, const char *message);

/* A test: RW_TEST(name) { … }. */
#define RW_TEST(test_name)                                                                                             \
    static void test_name(void);                                                                                       \
    __attribute__((constructor)) static void rw_add_##test_name(void) {                                                \
        static rw_test test = {#test_name, test_name, NULL};                                                           \
        rw_test_add(&test);                                                                                            \
    }                                                                                                                  \
    static void test_name(void)

#define RW_CHECK(condition)                                                                                            \
    do {                                                                                                               \
        if (!(condition)) rw_test_fail(__FILE__, __LINE__, "%s", #condition);                                          \
    } while (0)
/* Texts are C strings or rw_bytes. */
#define RW_CHECK_TEXT(actual, expected) rw_check_text(__FILE__, __LINE__, RW_BYTES_OF(actual), RW_BYTES_OF(expected))
/* That a text has a part. */
#define RW_CHECK_HAS(actual, part) rw_check_has(__FILE__, __LINE__, RW_BYTES_OF(actual), RW_BYTES_OF(part))
#define RW_CHECK_NUMBER(actual, expected) rw_check_number(__FILE__, __LINE__, actual, expected)
/* That there is a page. */
#define RW_CHECK_OK(result) rw_check_ok(__FILE__, __LINE__, result)
#define RW_CHECK_VALUE(result, name, labels, expected)                                                                 \
    rw_check_value(__FILE__, __LINE__, result, name, labels, expected)
#define RW_CHECK_NO_VALUE(result, name, labels) rw_check_no_value(__FILE__, __LINE__, result, name, labels)
/* That there is this problem of the configuration. */
#define RW_CHECK_PROBLEM(result, pointer, message) rw_check_problem(__FILE__, __LINE__, result, pointer, message)

#endif
