/* What the files of the library share. */
#ifndef REDWASP_INTERNAL_H
#define REDWASP_INTERNAL_H

#include <string.h>

#include "redwasp.h"

/* ---- Memory ---- */

typedef struct rw_chunk rw_chunk;

/* Memory that is freed at once. */
typedef struct rw_arena {
    rw_chunk *chunks;
} rw_arena;

/* Not zeroed. */
void *rw_arena_raw(rw_arena *arena, size_t size);
void rw_arena_free(rw_arena *arena);
/* Makes it the one that rw_alloc takes from, and gives back the one before. */
rw_arena *rw_arena_enter(rw_arena *arena);
/* The same for rw_run_alloc. */
rw_arena *rw_arena_enter_run(rw_arena *arena);
rw_arena *rw_arena_current(void);
rw_arena *rw_arena_running(void);

/* Ends the call: its name is what the daemon tells. */
_Noreturn void rw_out_of_memory(void);

/* A list that grows. */
typedef struct rw_vector {
    void *items;
    size_t count;
    size_t room;
} rw_vector;

/* A place for one more element, zeroed. */
void *rw_vector_push(rw_vector *vector, size_t size_of_one);

/* Text that grows. */
typedef struct rw_builder {
    char *data;
    size_t size;
    size_t room;
} rw_builder;

void rw_builder_add(rw_builder *builder, rw_bytes bytes);
void rw_builder_str(rw_builder *builder, const char *text);
void rw_builder_char(rw_builder *builder, char byte);
void rw_builder_format(rw_builder *builder, const char *format, ...) RW_FORMAT(2, 3);
rw_bytes rw_builder_bytes(const rw_builder *builder);

/* ---- Texts ---- */

/* Everything that is handed to the host as a string goes through one of these: the host ends a call that gives it
 * something else than UTF-8. They copy, so that what the author gives may be on the stack. */
rw_bytes rw_said(rw_bytes bytes);
rw_list rw_said_all(rw_list list);
/* A copy of a list of bytes that are no text. */
rw_list rw_list_copy(rw_list list);

/* Whether it has the form of a number; `inf` and `nan` are told apart by their first letter. */
bool rw_parse_number_exactly(rw_bytes bytes, double *number);
bool rw_parse_integer_exactly(rw_bytes bytes, int64_t *integer);

/* As snprintf writes it. */
char *rw_format_of_c(const char *format, va_list arguments) RW_FORMAT(1, 0) RW_MUST_USE;

/* ---- Errors ---- */

rw_error *rw_error_new(rw_error_kind kind, rw_bytes text);
rw_error *rw_error_server(rw_bytes code, rw_bytes message);
rw_error *rw_error_problem(rw_error *before, rw_bytes pointer, rw_bytes message);
/* The text with the places behind it. */
rw_bytes rw_error_told(const rw_error *error);
/* The first word of an error line is its code. */
rw_error *rw_error_line(rw_bytes line);

/* ---- JSON ---- */

typedef enum rw_json_kind {
    RW_JSON_NULL,
    RW_JSON_BOOLEAN,
    RW_JSON_NUMBER,
    RW_JSON_STRING,
    RW_JSON_ARRAY,
    RW_JSON_OBJECT
} rw_json_kind;

typedef struct rw_json rw_json;
struct rw_json {
    rw_json_kind kind;
    bool boolean;
    rw_bytes text;        /* of a string, or of a number as it is written */
    const rw_json *items; /* of an array, or of an object: the values */
    const rw_bytes *keys;
    size_t count;
};

/* RW_OTHER with the byte where it is none. */
rw_error *rw_json_read(rw_bytes text, rw_json *json);
/* The value of a key; NULL when it is not there. The last one wins. */
const rw_json *rw_json_get(const rw_json *json, const char *key);
void rw_json_write_string(rw_builder *builder, rw_bytes text);

/* ---- Typed values ---- */

/* Whether a type was given at all. */
bool rw_type_is_given(const rw_type *type);
/* Reads a configuration. The error is RW_INVALID, with every problem. */
rw_error *rw_config_read(const rw_type *type, rw_bytes json, void *value);
/* The JSON Schema of a type; "" for none. */
rw_bytes rw_config_schema(const rw_type *type);
/* A value as bytes, and back; false when they are something else. */
void rw_carry(rw_builder *builder, const rw_type *type, const void *value);
bool rw_carried(rw_bytes *bytes, const rw_type *type, void *value);
void rw_carry_number(rw_builder *builder, uint32_t number);
bool rw_carried_number(rw_bytes *bytes, uint32_t *number);
bool rw_carried_bytes(rw_bytes *bytes, rw_bytes *taken);
void rw_carry_bytes(rw_builder *builder, rw_bytes bytes);

#endif
