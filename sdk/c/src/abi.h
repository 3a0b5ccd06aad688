/*
 * The contract's types as they stand in memory when they cross the boundary (the canonical ABI of WebAssembly
 * components): records are structs, lists are pointer and length, variants are a tag with a union behind it. Public
 * structs of the same layout are used as they are. tests/layout.c holds every size and offset against generated
 * bindings.
 */
#ifndef REDWASP_ABI_H
#define REDWASP_ABI_H

#include "internal.h"

#define ABI_LIST(type, name)                                                                                           \
    typedef struct name {                                                                                              \
        const type *items;                                                                                             \
        size_t count;                                                                                                  \
    } name

/* types.wit */
typedef struct abi_call_error {
    uint8_t tag; /* an rw_error_kind less RW_DENIED */
    union {
        rw_bytes text;
        struct {
            rw_bytes code;
            rw_bytes message;
        } server;
    };
} abi_call_error;

typedef struct abi_answer {
    uint8_t is_error;
    union {
        rw_bytes reply;
        abi_call_error error;
    };
} abi_answer;
ABI_LIST(abi_answer, abi_answers);

/* metrics.wit */
typedef struct abi_family {
    rw_bytes name;
    rw_bytes help;
    rw_bytes unit;
    uint8_t kind;
    rw_list label_names;
} abi_family;
ABI_LIST(abi_family, abi_families);

typedef struct abi_sample {
    uint32_t family;
    rw_list label_values;
    double value;
} abi_sample;
ABI_LIST(abi_sample, abi_samples);

ABI_LIST(rw_bucket, abi_buckets);
typedef struct abi_bucketed {
    uint32_t family;
    rw_list label_values;
    abi_buckets buckets;
    double sum;
    uint64_t count;
} abi_bucketed;
ABI_LIST(abi_bucketed, abi_bucketeds);

ABI_LIST(rw_quantile, abi_quantiles);
typedef struct abi_quantiled {
    uint32_t family;
    rw_list label_values;
    abi_quantiles quantiles;
    double sum;
    uint64_t count;
} abi_quantiled;
ABI_LIST(abi_quantiled, abi_quantileds);

/* calls.wit */
typedef struct abi_saved_state {
    rw_bytes plugin_version;
    rw_bytes bytes;
} abi_saved_state;

typedef struct abi_maybe_state {
    uint8_t is_there;
    abi_saved_state value;
} abi_maybe_state;

typedef struct abi_maybe_bytes {
    uint8_t is_there;
    rw_bytes value;
} abi_maybe_bytes;

typedef struct abi_request {
    rw_bytes prepared;
    rw_target target;
    rw_server server;
    abi_answers prefetched;
    abi_maybe_state state;
    uint64_t unix_ms;
    rw_pairs extra;
} abi_request;

typedef struct abi_report {
    abi_samples samples;
    abi_bucketeds histograms;
    abi_quantileds summaries;
    abi_families late;
    rw_list warnings;
    uint8_t partial;
    abi_maybe_bytes state;
    rw_pairs extra;
} abi_report;

typedef struct abi_failure {
    uint8_t tag; /* not-applicable, redis, other */
    union {
        rw_bytes text;
        abi_call_error redis;
    };
} abi_failure;

typedef struct abi_collected {
    uint8_t is_error;
    union {
        abi_report report;
        abi_failure failure;
    };
} abi_collected;

/* What begin and page return. */
typedef struct abi_done {
    uint8_t is_error;
    abi_failure failure;
} abi_done;

/* collector.wit */
typedef struct abi_description {
    rw_bytes name;
    rw_bytes version;
    rw_bytes summary;
    rw_bytes config_schema;
    rw_pairs extra;
} abi_description;

ABI_LIST(uint32_t, abi_numbers);
typedef struct abi_ask {
    rw_list commands;
    rw_list keys;
    abi_numbers databases;
} abi_ask;
ABI_LIST(abi_ask, abi_asks);

ABI_LIST(rw_key_read, abi_key_reads);
typedef struct abi_sweep {
    uint32_t database;
    rw_bytes pattern;
    rw_list types;
    abi_key_reads reads;
} abi_sweep;
ABI_LIST(abi_sweep, abi_sweeps);

ABI_LIST(rw_command, abi_commands);
ABI_LIST(rw_problem, abi_problems);

typedef struct abi_plan {
    abi_families families;
    rw_list late_prefixes;
    abi_asks asks;
    abi_commands prefetch;
    abi_sweeps sweeps;
    rw_bytes scope;
    abi_problems problems;
    rw_bytes prepared;
    rw_pairs extra;
} abi_plan;

typedef struct abi_refusal {
    uint8_t tag; /* not-applicable, invalid, other */
    union {
        rw_bytes text;
        abi_problems problems;
    };
} abi_refusal;

typedef struct abi_configured {
    uint8_t is_error;
    union {
        abi_plan plan;
        abi_refusal refusal;
    };
} abi_configured;

/* sweeper.wit */
typedef struct abi_maybe_answer {
    uint8_t is_there;
    abi_answer answer;
} abi_maybe_answer;
ABI_LIST(abi_maybe_answer, abi_maybe_answers);

struct rw_key {
    rw_bytes name;
    rw_bytes kind;
    abi_maybe_answers reads;
};

/* redis.wit */
typedef struct abi_pipelined {
    uint8_t is_error;
    union {
        abi_answers answers;
        abi_call_error error;
    };
} abi_pipelined;

ABI_LIST(rw_node, abi_nodes);
typedef struct abi_nodes_result {
    uint8_t is_error;
    union {
        abi_nodes nodes;
        abi_call_error error;
    };
} abi_nodes_result;

/* ---- The library behind the boundary ---- */

struct rw_request {
    const abi_request *inner;
};

struct rw_replies {
    abi_answers answers;
};

struct rw_page {
    uint32_t sweep;
    const rw_key *keys;
    size_t count;
};

/* A family as a report knows it. */
typedef struct rw_known {
    rw_kind kind;
    size_t labels;
    rw_bytes name;
} rw_known;

struct rw_plan {
    rw_vector families, late_prefixes, asks, prefetch, sweeps, problems;
    rw_scope scope;
    rw_error *misuse; /* the first call that cannot be right */
};

/* A handle counts from 1. That of nothing, which is 0, becomes a place that no list has. */
static inline uint32_t rw_place_of(uint32_t handle) { return handle - 1; }

struct rw_report {
    rw_vector known, samples, histograms, summaries, late, warnings;
    size_t planned;  /* how many of the known families are the plan's */
    size_t bucketed; /* how many series the histograms and summaries are written as */
    bool is_partial;
    bool is_of_walk; /* what `end` gives: it keeps no state */
    bool has_state;
    rw_bytes state;
    rw_error *misuse; /* the first call that cannot be right */
};

/* One walk: between the calls it is all that there is. */
typedef struct rw_running {
    const rw_collector *collector;
    const abi_request *request;
    void *prepared;
    void *run;
    rw_report *families;
} rw_running;

void rw_describe(const rw_collector *collector, abi_description *description);
void rw_configure(const rw_collector *collector, rw_bytes config, const rw_server *server, abi_configured *configured);
void rw_collect(const rw_collector *collector, const abi_request *request, abi_collected *collected);
/* `request` has to live until the end of the run; so does what rw_run_alloc gives. */
void rw_begin(const rw_collector *collector, const abi_request *request, rw_running *running, abi_done *done);
void rw_page_of(rw_running *running, const rw_page *page, abi_done *done);
void rw_end(rw_running *running, bool complete, abi_collected *collected);

rw_known rw_known_of(const abi_family *family);
abi_family rw_family_of(rw_kind kind, const char *name, const char *help, rw_list labels);
void rw_plan_finish(rw_plan *plan, rw_bytes prepared, abi_plan *out);
void rw_report_finish(rw_report *report, abi_report *out);
rw_error *rw_answer_bytes(const abi_answer *answer, rw_bytes *bytes);
rw_error *rw_answer_reply(const abi_answer *answer, rw_reply *reply);
rw_error *rw_call_error_of(const abi_call_error *error);
abi_call_error rw_call_error_to(const rw_error *error);

/* What answers: the host in a component, the bench in a native test. */
void rw_host_pipeline(rw_route route, const rw_command *commands, size_t count, abi_pipelined *out);
void rw_host_nodes(abi_nodes_result *out);
void rw_host_remaining(rw_budget *out);
void rw_host_log(rw_level level, rw_bytes message, rw_pairs fields);

#endif
