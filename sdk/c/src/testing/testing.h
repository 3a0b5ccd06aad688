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
    abi_asks asks; /* of the plan that is under way */
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
abi_answer rw_answer_of(const rw_error *error);
rw_key rw_bench_found(rw_bench *bench, const kept_key *key, const abi_sweep *sweep);
/* The command that a read of a sweep makes for a key. */
rw_list rw_read_words(const rw_key_read *read, rw_bytes key);
/* Labels as they stand in a line, sorted by name: {a="1",status="new"}; "" for none. `more` stands behind them, NULL
 * for nothing. There are as many values as names. */
const char *rw_labels_text(rw_list names, rw_list values, const char *more);
/* How many buckets a histogram has below +Inf. A last one that is the histogram's count is not among them: the daemon
 * writes it by itself. */
size_t rw_buckets_below(const abi_bucketed *histogram);

/* ---- What the daemon says ---- */

/* The first thing that is wrong with a plan; NULL for nothing. */
const char *rw_check_plan(const abi_plan *plan);
/* The same of its families and those that a report declares. */
const char *rw_check_families(abi_families planned, abi_families late);
/* The first thing that is wrong with a report; NULL for nothing. */
const char *rw_check_report(const abi_plan *plan, const abi_report *report, size_t most_series);
/* Why a command of a call is not sent; NULL when the rules allow it. */
const char *rw_denied(abi_asks asks, uint32_t database, rw_list words);

/* The text in quotes, and a fault with the family that it is of. */
const char *rw_quoted(rw_bytes text);
const char *rw_of_family(const abi_family *family, const char *fault);
/* Adds bytes with what is no visible letter of ASCII escaped. */
void rw_escape(rw_builder *out, rw_bytes bytes);

/* A command of the daemon's table. */
typedef struct rw_rule {
    const char *name;    /* with its subcommand */
    const char *usage;   /* how it is written */
    size_t least;        /* arguments after the name */
    long most;           /* -1 for any number */
    const char *reads;   /* "keys", "server", or "statistics", which need no ask */
    size_t key;          /* where its first key is, the name being 0; 0 for none, or none at a fixed place */
    const char *refused; /* why nobody may send it, as it follows the name; NULL for a read */
} rw_rule;

/* The read that a command is; NULL, and why it is not sent, when it is none or written otherwise. */
const rw_rule *rw_rule_of(rw_list words, const char **forbidden);
bool rw_rule_reads_keys(const rw_rule *rule);
/* Whether it is a subcommand of this command. */
bool rw_rule_is_under(const rw_rule *rule, rw_bytes container);
/* Upper case, with single spaces. */
rw_bytes rw_command_name(rw_bytes name);

/* Whether the reads that an ask names read keys: one, or all that a command with subcommands has. */
typedef struct rw_named {
    bool some_read_keys;
    bool all_read_keys;
} rw_named;

/* Why nobody can be asked for this; NULL when there are such reads. */
const char *rw_rules_named(rw_bytes name, rw_named *named);

/* Whether the name of a family, without namespace, is one that the exporter itself uses. */
bool rw_is_the_exporters(rw_bytes name);

#endif
