/*
 * Write redwasp collectors in C.
 *
 * A collector is a function of replies: `configure` says once which commands it needs and which metric families it
 * fills, the host asks Redis (one round trip for all collectors together), and `collect` turns the replies into
 * samples. Each call runs in a fresh WebAssembly instance, so nothing is kept between calls but what `configure`
 * prepared.
 *
 * Memory: whatever the library hands out, and whatever rw_alloc gives, lives until the end of the call and is freed by
 * the library. Nobody frees anything. In a walk over keys each page is a call of its own; what has to live until the
 * end of the walk comes from rw_run_alloc and rw_run_copy.
 *
 * Errors: functions that can fail return NULL when all went well. RW_TRY passes an error on, with the place.
 */
#ifndef REDWASP_H
#define REDWASP_H

#ifdef __cplusplus
#error "redwasp.h is C11, with lists and tables that C++ does not have: include it in a file of C"
#endif

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Version of this library. */
#define RW_VERSION "0.1.0"

#define RW_FORMAT(text, first) __attribute__((format(printf, text, first)))
#define RW_MUST_USE __attribute__((warn_unused_result))

/* ---- Bytes ---- */

/* Some bytes: not ended by a zero, and any of them may be zero. Keys and values of Redis are bytes. */
typedef struct rw_bytes {
    const char *data;
    size_t size;
} rw_bytes;

/* A list of bytes: words of a command, values of labels, names. */
typedef struct rw_list {
    const rw_bytes *items;
    size_t count;
} rw_list;

/* A C string as bytes; NULL is empty. */
rw_bytes rw_str(const char *text);

/* Bytes themselves: RW_LIST takes both. */
rw_bytes rw_same(rw_bytes bytes);

/* Whether these are the same bytes. */
bool rw_equal(rw_bytes one, rw_bytes other);

/* Whether these are the bytes of a C string. */
bool rw_is(rw_bytes bytes, const char *text);

/* Whether the first bytes are those of a C string. */
bool rw_starts_with(rw_bytes bytes, const char *text);

/* Less than 0, 0 or more than 0, by the order of the bytes: for qsort. */
int rw_compare(rw_bytes one, rw_bytes other);

/* Without the white space around. */
rw_bytes rw_trim(rw_bytes bytes);

/* Divides at the first `mark`: `before` and `after` may be the same variable as `bytes`. False when there is none. */
bool rw_split(rw_bytes bytes, char mark, rw_bytes *before, rw_bytes *after);

/* A list of C strings and rw_bytes, as they come: RW_LIST("status", key). At most 32. It lives until the end of the
 * block that it stands in: what is kept longer, or returned, is copied with rw_alloc_array. Functions of the library
 * copy what they are given. */
#define RW_LIST(...)                                                                                                   \
    ((rw_list){(const rw_bytes[]){RW_EACH(__VA_ARGS__)},                                                               \
               sizeof((const rw_bytes[]){RW_EACH(__VA_ARGS__)}) / sizeof(rw_bytes)})

/* The list of nothing: a family without labels. It lives everywhere. */
#define RW_NONE ((rw_list){NULL, 0})

/* For printf's %.*s: rw_format("%.*s", RW_ARG(key)). */
#define RW_ARG(bytes) ((bytes).size > 0x7fffffff ? 0x7fffffff : (int)(bytes).size), (bytes).data

/* ---- Memory ---- */

/* Zeroed memory until the end of the call. Never NULL: a call that runs out of memory ends. */
void *rw_alloc(size_t size) RW_MUST_USE;

/* As rw_alloc, for `count` elements of `size` bytes. A product that is too large ends the call. */
void *rw_alloc_array(size_t count, size_t size) RW_MUST_USE;

/* A C string until the end of the call, with the conversions of printf; one that is unknown (%n, and those of wide
 * characters) ends the call. Without a precision %f and %g write a number in the fewest digits that are read back as
 * the same, unlike snprintf. */
char *rw_format(const char *format, ...) RW_FORMAT(1, 2) RW_MUST_USE;
char *rw_format_args(const char *format, va_list arguments) RW_FORMAT(1, 0) RW_MUST_USE;

/* A copy until the end of the call, with a zero behind it. */
rw_bytes rw_copy(rw_bytes bytes);

/* As rw_alloc and rw_copy, until the end of a walk: for what a run keeps from page to page. */
void *rw_run_alloc(size_t size) RW_MUST_USE;
rw_bytes rw_run_copy(rw_bytes bytes);

/* ---- Numbers and texts ---- */

/* Reads all of the bytes as an integer, or as a number: white space around is passed over; `inf` and `nan` are numbers,
 * `0x10` is none. False, and nothing written, for anything else. Needs no libc locale. */
bool rw_parse_integer(rw_bytes bytes, int64_t *integer);
bool rw_parse_number(rw_bytes bytes, double *number);

/* A number in the fewest digits that are read back as the same: 0.1, 1000000, inf, NaN. */
const char *rw_number_text(double number);

/* Bytes of Redis as text for labels: UTF-8 as it is, other bytes as \xNN. */
rw_bytes rw_text(rw_bytes bytes);

/* ---- Errors ---- */

typedef enum rw_error_kind {
    RW_OTHER,          /* raised with rw_fail */
    RW_MISMATCH,       /* a reply has another shape than was expected */
    RW_MALFORMED,      /* a reply is not RESP3 */
    RW_NOT_APPLICABLE, /* there is nothing to measure here: not a fault */
    RW_INVALID,        /* problems of the configuration */
    /* Why a command has no reply. */
    RW_DENIED,      /* policy or grants said no; the text says what to grant */
    RW_LIMIT,       /* a budget of the call ran out; the text says which */
    RW_TIMEOUT,     /* the deadline passed */
    RW_UNREACHABLE, /* no connection, or it was lost */
    RW_SERVER,      /* the server answered with an error: code and text */
    RW_CALL_OTHER   /* anything newer than this list */
} rw_error_kind;

/* A fault in the configuration, with a JSON Pointer (RFC 6901) to it; "" is the whole. */
typedef struct rw_problem {
    rw_bytes pointer;
    rw_bytes message;
} rw_problem;

/* A place in the author's code. */
typedef struct rw_place {
    const char *file;
    int line;
} rw_place;

/* Where an error was raised and passed on, innermost first. */
#define RW_MOST_PLACES 4

typedef struct rw_error {
    rw_error_kind kind;
    rw_bytes text;              /* what happened; of RW_SERVER the message */
    rw_bytes code;              /* of RW_SERVER, the first word: "WRONGTYPE" */
    const rw_problem *problems; /* of RW_INVALID */
    size_t problem_count;
    rw_place places[RW_MOST_PLACES];
    size_t place_count;
} rw_error;

/* An error with a text; the daemon's log has file and line of it. */
#define rw_fail(...) rw_fail_at(__FILE__, __LINE__, RW_OTHER, __VA_ARGS__)

/* Says that what is measured does not exist here: in `configure` for good, in `collect` at this moment. */
#define rw_not_applicable(...) rw_fail_at(__FILE__, __LINE__, RW_NOT_APPLICABLE, __VA_ARGS__)

/* Refuses a configuration. `before` is what the function returned for the problem before, or NULL: so every problem is
 * told at once. */
rw_error *rw_invalid(rw_error *before, const char *pointer, const char *format, ...) RW_FORMAT(3, 4) RW_MUST_USE;

/* Passes an error on to the caller. */
#define RW_TRY(expression)                                                                                             \
    do {                                                                                                               \
        rw_error *rw_error_of_try = (expression);                                                                      \
        if (rw_error_of_try) return rw_error_at(rw_error_of_try, __FILE__, __LINE__);                                  \
    } while (0)

/* Whether it says why a command has no reply. */
bool rw_is_call_error(const rw_error *error);

/* An error in words, for a sentence that says what it was about. */
rw_bytes rw_why(const rw_error *error);

rw_error *rw_fail_at(const char *file, int line, rw_error_kind kind, const char *format, ...)
    RW_FORMAT(4, 5) RW_MUST_USE;
rw_error *rw_error_at(rw_error *error, const char *file, int line) RW_MUST_USE;

/* ---- Servers and targets ---- */

typedef struct rw_pair {
    rw_bytes name;
    rw_bytes value;
} rw_pair;

typedef struct rw_pairs {
    const rw_pair *items;
    size_t count;
} rw_pairs;

/* The value of a name; false when it is not there. */
bool rw_pairs_get(rw_pairs pairs, const char *name, rw_bytes *value);

/* What is known of a server before anything is planned. */
typedef struct rw_server {
    rw_bytes product; /* "redis", "valkey", "keydb", "dragonfly", "tile38", ... */
    rw_bytes version; /* "7.0.15" */
    rw_bytes mode;    /* "standalone", "cluster", "sentinel", "proxy" */
    rw_bytes role;    /* "master", "slave", "sentinel" */
    uint32_t databases;
    rw_pairs extra;
} rw_server;

/* Which server a call is about. */
typedef struct rw_target {
    rw_bytes name; /* as the operator gave it, or the address without credentials */
    rw_pairs labels;
    rw_bytes node; /* of a cluster; "" outside of one */
    rw_pairs extra;
} rw_target;

/* ---- Commands ---- */

/* A command for Redis: name and arguments, binary safe, and the database it reads. */
typedef struct rw_command {
    uint32_t database;
    rw_list words;
} rw_command;

/* A command of database 0: rw_command_of("SCARD", RW_LIST(key)). `name` is one word. It copies what it is given. */
rw_command rw_command_of(const char *name, rw_list arguments);

/* `INFO ALL`. Every collector that reads INFO should ask for exactly this, so that all of them share one reply. */
rw_command rw_command_info(void);

/* The same command with one more argument, or for another database. */
rw_command rw_command_arg(rw_command command, rw_bytes argument);
rw_command rw_command_database(rw_command command, uint32_t database);

/* ---- Plans ---- */

/* What `configure` declares. */
typedef struct rw_plan rw_plan;

typedef enum rw_kind {
    RW_COUNTER,
    RW_GAUGE,
    RW_HISTOGRAM,
    RW_GAUGE_HISTOGRAM,
    RW_SUMMARY,
    RW_INFO,
    RW_STATE_SET,
    RW_UNKNOWN
} rw_kind;

/* Handles. They are plain values: keep them in the struct that `configure` prepares. One that is all zeros is that of
 * nothing, and what it is given to fails. */
typedef struct rw_family {
    uint32_t index;
} rw_family;
typedef struct rw_histogram {
    uint32_t index;
} rw_histogram;
typedef struct rw_summary {
    uint32_t index;
} rw_summary;
typedef struct rw_prefetched {
    uint32_t index;
} rw_prefetched;
typedef struct rw_swept {
    uint32_t index;
} rw_swept;
typedef struct rw_read {
    uint32_t index;
} rw_read;

/* Families of single values. The host puts its namespace before `name` and adds no suffix: end a counter with _total.
 */
rw_family rw_plan_gauge(rw_plan *plan, const char *name, const char *help, rw_list labels);
rw_family rw_plan_counter(rw_plan *plan, const char *name, const char *help, rw_list labels);
/* Facts in labels; the value is 1. */
rw_family rw_plan_info(rw_plan *plan, const char *name, const char *help, rw_list labels);
rw_family rw_plan_family(rw_plan *plan, rw_kind kind, const char *name, const char *help, rw_list labels);
rw_histogram rw_plan_histogram(rw_plan *plan, const char *name, const char *help, rw_list labels);
/* A histogram whose counts may also fall. */
rw_histogram rw_plan_gauge_histogram(rw_plan *plan, const char *name, const char *help, rw_list labels);
rw_summary rw_plan_summary(rw_plan *plan, const char *name, const char *help, rw_list labels);

/* Reserves a prefix for families that only a collect can know. */
void rw_plan_late_prefix(rw_plan *plan, const char *prefix);

/* Asks the host to run a command before each collect. */
rw_prefetched rw_plan_prefetch(rw_plan *plan, rw_command command);

/* Asks the operator for reads that a collect or a page asks for while it runs: names of commands, patterns of the keys
 * and the databases that they read (none for database 0). Statistics without keys need no ask. */
void rw_plan_ask(rw_plan *plan, rw_list commands, rw_list keys, const uint32_t *databases, size_t database_count);

typedef enum rw_scope {
    RW_SCOPE_NODE,    /* on every node of a cluster */
    RW_SCOPE_PRIMARY, /* on the owner of every shard */
    RW_SCOPE_ONCE     /* on one node */
} rw_scope;

/* Where the collector runs; without it, on every node. */
void rw_plan_scope(rw_plan *plan, rw_scope scope);

/* Says that a part of the configuration is not used; the rest is. A configuration that is wrong as a whole is refused
 * instead: rw_invalid. */
void rw_plan_problem(rw_plan *plan, const char *pointer, const char *format, ...) RW_FORMAT(3, 4);

/* Keys that the host shall walk. */
typedef struct rw_sweep {
    uint32_t database;
    rw_bytes pattern; /* as in SCAN MATCH */
    rw_list types;    /* as TYPE names them; none for every type */
} rw_sweep;

/* A read around each key of a sweep: HGET <key> amount is {RW_LIST("HGET"), RW_LIST("amount")}. */
typedef struct rw_key_read {
    rw_list before;
    rw_list after;
    rw_list types; /* made of keys of these types only; none for every type */
} rw_key_read;

/* Asks the host to walk keys, for a collector with begin, page and end. */
rw_swept rw_plan_sweep(rw_plan *plan, rw_sweep sweep);

/* Reads something of every key of a sweep. With a sweep of another plan `configure` fails. */
rw_read rw_plan_read(rw_plan *plan, rw_swept sweep, rw_key_read read);

/* ---- Replies ---- */

typedef enum rw_reply_kind {
    RW_REPLY_NULL,
    RW_REPLY_BOOLEAN,    /* .boolean */
    RW_REPLY_INTEGER,    /* .integer */
    RW_REPLY_DOUBLE,     /* .number */
    RW_REPLY_BIG_NUMBER, /* .bytes: digits of an integer beyond 64 bits */
    RW_REPLY_SIMPLE,     /* .bytes */
    RW_REPLY_BULK,       /* .bytes */
    RW_REPLY_VERBATIM,   /* .bytes, with .bytes.data[-4] the three letters of the format */
    RW_REPLY_ERROR,      /* .error: an error inside of a reply */
    RW_REPLY_ARRAY,      /* .items */
    RW_REPLY_SET,        /* .items */
    RW_REPLY_MAP         /* .items: key, value, key, value */
} rw_reply_kind;

typedef struct rw_reply rw_reply;

/* One reply. A server that speaks RESP2 gives RESP2 shapes; the functions below take both. */
struct rw_reply {
    rw_reply_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double number;
        rw_bytes bytes;
        const rw_error *error;
        struct {
            const rw_reply *data;
            size_t count;
        } items;
    };
};

/* A key and its value in a map. */
typedef struct rw_entry {
    const rw_reply *key;
    const rw_reply *value;
} rw_entry;

/* Reads exactly one value: RW_MALFORMED when the bytes are something else. */
rw_error *rw_decode(rw_bytes bytes, rw_reply *reply) RW_MUST_USE;

bool rw_reply_is_null(const rw_reply *reply);

/* All of them: RW_MISMATCH, "the reply holds an array where an integer was expected", for other replies. */
rw_error *rw_reply_bytes(const rw_reply *reply, rw_bytes *bytes) RW_MUST_USE;
/* A string of any kind as text, as rw_text makes it. */
rw_error *rw_reply_text(const rw_reply *reply, rw_bytes *text) RW_MUST_USE;
/* Also one written as a string. */
rw_error *rw_reply_integer(const rw_reply *reply, int64_t *integer) RW_MUST_USE;
rw_error *rw_reply_number(const rw_reply *reply, double *number) RW_MUST_USE;
/* Of an array or a set. */
rw_error *rw_reply_elements(const rw_reply *reply, const rw_reply **elements, size_t *count) RW_MUST_USE;
/* Of a map, or of the flat array that RESP2 has instead. */
rw_error *rw_reply_entries(const rw_reply *reply, const rw_entry **entries, size_t *count) RW_MUST_USE;

/* The value of a key in a map; NULL when it is not there or this is no map. */
const rw_reply *rw_reply_get(const rw_reply *reply, const char *key);
const rw_reply *rw_reply_get_bytes(const rw_reply *reply, rw_bytes key);

/* ---- INFO ---- */

/* The text of an INFO reply: sections of `name:value` lines. */
typedef struct rw_info {
    rw_bytes text;
} rw_info;

typedef struct rw_info_field {
    rw_bytes section; /* as the server writes it; "" before the first */
    rw_bytes name;
    rw_bytes value;
} rw_info_field;

/* A walk through fields: rw_info_next gives one after the other. */
typedef struct rw_info_fields {
    rw_bytes rest;
    rw_bytes section;
    rw_bytes only;
    bool has_only;
} rw_info_fields;

/* The text of a reply: RW_MISMATCH when it is no string. */
rw_error *rw_info_read(const rw_reply *reply, rw_info *info) RW_MUST_USE;

/* The value of the first field of that name, in whatever section. */
bool rw_info_get(const rw_info *info, const char *name, rw_bytes *value);

/* As rw_info_get, for a field that holds a number. */
bool rw_info_number(const rw_info *info, const char *name, double *value);

/* All fields, or those of one section, in the server's order. */
rw_info_fields rw_info_all(const rw_info *info);
rw_info_fields rw_info_section(const rw_info *info, const char *title);
bool rw_info_next(rw_info_fields *fields, rw_info_field *field);

/* Takes the next part of a value like `keys=1,expires=0` off its beginning; false when there are no more. A part
 * without `=` has an empty value. `rest` begins as the whole value. */
bool rw_info_next_part(rw_bytes *rest, rw_bytes *name, rw_bytes *value);
/* Whether each part of a value is `name=value`, with one `=`. */
bool rw_info_has_whole_parts(rw_bytes value);

/* ---- Typed values ---- */

/* What a value is made of: for configurations, prepared values and states. */
typedef enum rw_value_kind {
    RW_VALUE_STRING,
    RW_VALUE_INTEGER,
    RW_VALUE_NUMBER,
    RW_VALUE_BOOLEAN,
    RW_VALUE_STRUCT
} rw_value_kind;

typedef struct rw_field rw_field;

/* A type. Strings are rw_bytes, integers int64_t, numbers double, booleans bool. */
typedef struct rw_type {
    rw_value_kind kind;
    size_t size;
    const rw_field *fields; /* of a struct */
    size_t field_count;
} rw_type;

/* A field of a struct. The macros below fill the first five; write the others behind, by name. */
struct rw_field {
    const char *name;
    const rw_type *type;
    size_t offset;
    bool is_array; /* a pointer to elements, and their number in another field */
    size_t count_offset;
    const char *initial; /* JSON: what stands there when the configuration has nothing; NULL: it has to be there */
    bool is_optional;    /* may be left out, and is zero then */
    const char *about;   /* one sentence for people */
    bool has_minimum, has_maximum; /* of a number, or of each in an array */
    double minimum, maximum;
    size_t least, most;        /* elements of an array; 0 for no bound */
    const char *const *one_of; /* of a string: what it may be, ended by NULL */
};

#define RW_MINIMUM(value) .has_minimum = true, .minimum = (value)
#define RW_MAXIMUM(value) .has_maximum = true, .maximum = (value)

/* {RW_STRING(struct config, pattern), .initial = "\"order:*\""} */
#define RW_STRING(of, member) RW_FIELD(of, member, rw_bytes, &rw_string_type)
#define RW_INTEGER(of, member) RW_FIELD(of, member, int64_t, &rw_integer_type)
#define RW_NUMBER(of, member) RW_FIELD(of, member, double, &rw_number_type)
#define RW_BOOLEAN(of, member) RW_FIELD(of, member, bool, &rw_boolean_type)
#define RW_STRUCT(of, member, type_of_it) .name = #member, .type = &(type_of_it), .offset = offsetof(of, member)
/* `member` points to elements of the type, `count` is a size_t. */
#define RW_ARRAY(of, member, count, type_of_one)                                                                       \
    .name = #member, .type = &(type_of_one), .offset = offsetof(of, member), .is_array = true,                         \
    .count_offset = _Generic(((of *)0)->count, size_t: offsetof(of, count))

/* The type of a struct with a table of fields. */
#define RW_TYPE(of, table) {RW_VALUE_STRUCT, sizeof(of), (table), sizeof(table) / sizeof((table)[0])}
/* The type of a struct without pointers, of which no field needs to be named: for prepared values and states. */
#define RW_PLAIN(of) {RW_VALUE_STRUCT, sizeof(of), NULL, 0}

extern const rw_type rw_string_type, rw_integer_type, rw_number_type, rw_boolean_type;

/* ---- Requests ---- */

/* What a call is given. */
typedef struct rw_request rw_request;
/* Replies to the commands of a pipeline, in their order. */
typedef struct rw_replies rw_replies;

const rw_server *rw_request_server(const rw_request *request);
const rw_target *rw_request_target(const rw_request *request);
/* When the scrape began, Unix time in milliseconds. A collector has no other clock. */
uint64_t rw_request_unix_ms(const rw_request *request);

/* The reply to a command of the plan; the error says why there is none, or is the server's error. */
rw_error *rw_request_reply(const rw_request *request, rw_prefetched prefetched, rw_reply *reply) RW_MUST_USE;
rw_error *rw_request_bytes(const rw_request *request, rw_prefetched prefetched, rw_bytes *bytes) RW_MUST_USE;

typedef enum rw_route_kind { RW_AUTOMATIC, RW_NODE, RW_OWNER_OF, RW_REPLICA_OF, RW_ANY } rw_route_kind;

/* Where to run in a cluster. `of` is the node's id, or the key. */
typedef struct rw_route {
    rw_route_kind kind;
    rw_bytes of;
} rw_route;

/* Asks for commands that only a reply can name, in one round trip. What a plan can name is better prefetched. Reads
 * other than statistics without keys have to be among the plan's asks; one that is not granted is refused by itself.
 * Budgets of a collect, and of a page: 64 calls, 1,024 commands, 16 MiB of replies. */
rw_error *rw_request_pipeline(const rw_request *request, const rw_command *commands, size_t count,
                              const rw_replies **replies) RW_MUST_USE;
rw_error *rw_request_pipeline_on(const rw_request *request, rw_route route, const rw_command *commands, size_t count,
                                 const rw_replies **replies) RW_MUST_USE;
rw_error *rw_replies_reply(const rw_replies *replies, size_t place, rw_reply *reply) RW_MUST_USE;
rw_error *rw_replies_bytes(const rw_replies *replies, size_t place, rw_bytes *bytes) RW_MUST_USE;

/* Inclusive. */
typedef struct rw_slots {
    uint32_t first;
    uint32_t last;
} rw_slots;

typedef struct rw_node {
    rw_bytes id;
    rw_bytes address;
    rw_bytes role;
    rw_bytes shard;
    rw_bytes primary; /* id of the node that this one replicates; "" for a primary */
    const rw_slots *slots;
    size_t slot_count;
    rw_pairs extra;
} rw_node;

/* The nodes behind the target; one, without slots, outside of a cluster. */
rw_error *rw_request_nodes(const rw_request *request, const rw_node **nodes, size_t *count) RW_MUST_USE;

typedef struct rw_budget {
    uint32_t milliseconds; /* wall time, waiting for Redis included */
    uint32_t calls;        /* of rw_request_pipeline and rw_request_nodes */
    uint32_t commands;
    uint64_t bytes; /* of replies */
} rw_budget;

/* What is left of this call's budgets. */
rw_budget rw_request_remaining(const rw_request *request);

/* What the collect before this one saved, with the plugin's version that saved it; false in the first. */
bool rw_request_state(const rw_request *request, rw_bytes *plugin_version, rw_bytes *bytes);
/* What the collect before this one kept with rw_report_keep. False, and nothing written, in the first and when its type
 * had another table of fields. Of a type without one only the size is known: give it one, or a version as a field. */
bool rw_request_saved(const rw_request *request, const rw_type *type, void *value);

/* ---- Reports ---- */

/* What a call gives. */
typedef struct rw_report rw_report;

/* Counts of values by upper bounds. */
typedef struct rw_buckets rw_buckets;

/* Bounds ascend; that of +Inf is implied, and may be the last. NULL when they do not ascend. Lives until the
 * end of the call. */
rw_buckets *rw_buckets_new(const double *bounds, size_t count) RW_MUST_USE;
/* The same until the end of a walk. */
rw_buckets *rw_run_buckets_new(const double *bounds, size_t count) RW_MUST_USE;
/* Counts a value; NaN is in no bucket but that of +Inf. */
void rw_buckets_observe(rw_buckets *buckets, double value);
uint64_t rw_buckets_count(const rw_buckets *buckets);
/* All values together; NaN when one of them is. */
double rw_buckets_sum(const rw_buckets *buckets);

/* A bucket: how many values were at most `bound`. */
typedef struct rw_bucket {
    double bound;
    uint64_t count;
} rw_bucket;

typedef struct rw_quantile {
    double quantile;
    double value;
} rw_quantile;

/* Sets a sample, with as many label values as the family has labels. A wrong number, or a family of another kind, makes
 * the call fail with the family's name and the place. */
#define rw_report_set(report, family, labels, value) rw_report_set_at(report, family, labels, value, __FILE__, __LINE__)
/* Sets a histogram of observed values. */
#define rw_report_histogram(report, family, labels, buckets)                                                           \
    rw_report_histogram_at(report, family, labels, buckets, __FILE__, __LINE__)
/* Sets a histogram of cumulative counts that ascend by their bound. A last bucket of +Inf may be left out; one that is
 * there has to be the count. */
#define rw_report_histogram_of(report, family, labels, buckets, bucket_count, sum, count)                              \
    rw_report_histogram_of_at(report, family, labels, buckets, bucket_count, sum, count, __FILE__, __LINE__)
#define rw_report_summary(report, family, labels, quantiles, quantile_count, sum, count)                               \
    rw_report_summary_at(report, family, labels, quantiles, quantile_count, sum, count, __FILE__, __LINE__)

/* Declares a family that only this collect knows. Its name begins with a prefix that the plan reserved. A name declared
 * again with the same kind and labels is the same family, with the first one's help. */
rw_family rw_report_late(rw_report *report, rw_kind kind, const char *name, const char *help, rw_list labels);
rw_histogram rw_report_late_histogram(rw_report *report, rw_kind kind, const char *name, const char *help,
                                      rw_list labels);
rw_summary rw_report_late_summary(rw_report *report, const char *name, const char *help, rw_list labels);

/* Tells the operator something, in the host's log: once, as long as each report has it. */
void rw_report_warn(rw_report *report, const char *format, ...) RW_FORMAT(2, 3);
/* Says that not everything could be read. */
void rw_report_partial(rw_report *report);
/* Bytes, or a value, that the next collect gets back, if this one succeeds. At most 64 KiB. A walk keeps no state: in
 * `end` they make the call fail. */
void rw_report_save(rw_report *report, rw_bytes state);
void rw_report_keep(rw_report *report, const rw_type *type, const void *value);
/* How many series the report is written as so far. The host refuses more than 10,000. */
size_t rw_report_series(const rw_report *report);

void rw_report_set_at(rw_report *report, rw_family family, rw_list labels, double value, const char *file, int line);
void rw_report_histogram_at(rw_report *report, rw_histogram family, rw_list labels, const rw_buckets *buckets,
                            const char *file, int line);
void rw_report_histogram_of_at(rw_report *report, rw_histogram family, rw_list labels, const rw_bucket *buckets,
                               size_t bucket_count, double sum, uint64_t count, const char *file, int line);
void rw_report_summary_at(rw_report *report, rw_summary family, rw_list labels, const rw_quantile *quantiles,
                          size_t quantile_count, double sum, uint64_t count, const char *file, int line);

/* ---- Walks over keys ---- */

/* Some keys of one sweep. */
typedef struct rw_page rw_page;
/* One key. */
typedef struct rw_key rw_key;

/* Whether the page is of this sweep. */
bool rw_page_is(const rw_page *page, rw_swept sweep);
size_t rw_page_count(const rw_page *page);
/* A place that the page does not have ends the call. */
const rw_key *rw_page_key(const rw_page *page, size_t place);
rw_bytes rw_key_name(const rw_key *key);
/* As TYPE names it; "" when neither the sweep nor its reads name types. */
rw_bytes rw_key_type(const rw_key *key);
/* What was read. `is_there` is false for a read that is not for keys of this type. A read that the sweep does not have
 * is an error. */
rw_error *rw_key_reply(const rw_key *key, rw_read read, bool *is_there, rw_reply *reply) RW_MUST_USE;

/* ---- Log ---- */

typedef enum rw_level { RW_TRACE, RW_DEBUG, RW_INFO_LEVEL, RW_WARN, RW_ERROR } rw_level;

/* A list of fields: RW_FIELDS({rw_str("key"), key}). It lives as long as RW_LIST does. */
#define RW_FIELDS(...)                                                                                                 \
    ((rw_pairs){(const rw_pair[]){__VA_ARGS__}, sizeof((const rw_pair[]){__VA_ARGS__}) / sizeof(rw_pair)})
#define RW_NO_FIELDS ((rw_pairs){NULL, 0})

/* Writes a line to the host's log. Lines are cut at 1 KiB; 16 KiB in a call. Needs the world `active` or `sweeping`. */
void rw_log(rw_level level, const char *message, rw_pairs fields);
#define rw_log_trace(message, fields) rw_log(RW_TRACE, message, fields)
#define rw_log_debug(message, fields) rw_log(RW_DEBUG, message, fields)
#define rw_log_info(message, fields) rw_log(RW_INFO_LEVEL, message, fields)
#define rw_log_warn(message, fields) rw_log(RW_WARN, message, fields)
#define rw_log_error(message, fields) rw_log(RW_ERROR, message, fields)

/* ---- Collectors ---- */

/* A collector. `prepared` is the value that `configure` fills, zeroed before: it travels as bytes to every other call.
 * A struct with strings or arrays needs a table of those fields (RW_TYPE); without pointers it is RW_PLAIN. */
typedef struct rw_collector {
    const char *name;    /* lower case letters, digits and dashes; the same as the plugin's file */
    const char *version; /* semantic version */
    const char *summary; /* one sentence for people */
    rw_type config;      /* RW_TYPE; nothing accepts only {} */
    rw_type prepared;    /* RW_PLAIN or RW_TYPE; nothing prepares nothing */

    /* Declares families and commands for one configuration on one kind of server. An error is rw_not_applicable or
     * rw_invalid; any other is told as a fault of the plugin's own. */
    rw_error *(*configure)(const void *config, const rw_server *server, rw_plan *plan, void *prepared);
    /* Turns replies into samples. The same request must give the same report. */
    rw_error *(*collect)(const void *prepared, const rw_request *request, rw_report *report);

    /* Of a collector that walks keys. With a sweep in the plan there have to be page and end: without them `configure`
     * fails. `run` is a zeroed struct of `run_size` bytes that lives for one walk. */
    size_t run_size;
    rw_error *(*begin)(const void *prepared, const rw_request *request, void *run);
    /* Takes some keys of one sweep. An error ends the walk without a report. */
    rw_error *(*page)(const void *prepared, void *run, const rw_request *request, const rw_page *page);
    /* Reports what was seen. `complete` is false when the walk's budget ended before the keys did. A walk keeps no
     * state. */
    rw_error *(*end)(const void *prepared, void *run, bool complete, rw_report *report);
} rw_collector;

/* Makes a component of a collector. Natively it does nothing. */
#define RW_EXPORT(collector) RW_EXPORT_COLLECTOR(collector)
/* The same with begin, page and end. */
#define RW_EXPORT_SWEEPER(collector) RW_EXPORT_COLLECTOR(collector) RW_EXPORT_WALK(collector)

#include "redwasp_macros.h"

#endif
