/* What a reply holds. */
#include "internal.h"

static rw_error *mismatch(const rw_reply *reply, const char *expected) {
    static const char *const names[] = {
        [RW_REPLY_NULL] = "null",
        [RW_REPLY_BOOLEAN] = "a boolean",
        [RW_REPLY_INTEGER] = "an integer",
        [RW_REPLY_DOUBLE] = "a double",
        [RW_REPLY_BIG_NUMBER] = "a big number",
        [RW_REPLY_SIMPLE] = "a string",
        [RW_REPLY_BULK] = "a string",
        [RW_REPLY_VERBATIM] = "a string",
        [RW_REPLY_ERROR] = "an error",
        [RW_REPLY_ARRAY] = "an array",
        [RW_REPLY_SET] = "a set",
        [RW_REPLY_MAP] = "a map",
    };
    return rw_error_new(RW_MISMATCH,
                        rw_str(rw_format("the reply holds %s where %s was expected", names[reply->kind], expected)));
}

bool rw_reply_is_null(const rw_reply *reply) { return reply->kind == RW_REPLY_NULL; }

static bool is_string(const rw_reply *reply) {
    return reply->kind == RW_REPLY_SIMPLE || reply->kind == RW_REPLY_BULK || reply->kind == RW_REPLY_VERBATIM;
}

rw_error *rw_reply_bytes(const rw_reply *reply, rw_bytes *bytes) {
    if (!is_string(reply)) return mismatch(reply, "a string");
    *bytes = reply->bytes;
    return NULL;
}

rw_error *rw_reply_text(const rw_reply *reply, rw_bytes *text) {
    if (!is_string(reply)) return mismatch(reply, "a string");
    *text = rw_text(reply->bytes);
    return NULL;
}

static bool is_written(const rw_reply *reply) { return is_string(reply) || reply->kind == RW_REPLY_BIG_NUMBER; }

rw_error *rw_reply_integer(const rw_reply *reply, int64_t *integer) {
    if (reply->kind == RW_REPLY_INTEGER) *integer = reply->integer;
    else if (reply->kind == RW_REPLY_BOOLEAN) *integer = reply->boolean;
    else if (!is_written(reply) || !rw_parse_integer(reply->bytes, integer)) return mismatch(reply, "an integer");
    return NULL;
}

rw_error *rw_reply_number(const rw_reply *reply, double *number) {
    if (reply->kind == RW_REPLY_INTEGER) *number = (double)reply->integer;
    else if (reply->kind == RW_REPLY_DOUBLE) *number = reply->number;
    else if (reply->kind == RW_REPLY_BOOLEAN) *number = reply->boolean;
    else if (!is_written(reply) || !rw_parse_number(reply->bytes, number)) return mismatch(reply, "a number");
    return NULL;
}

rw_error *rw_reply_elements(const rw_reply *reply, const rw_reply **elements, size_t *count) {
    if (reply->kind != RW_REPLY_ARRAY && reply->kind != RW_REPLY_SET) return mismatch(reply, "an array");
    *elements = reply->items.data;
    *count = reply->items.count;
    return NULL;
}

static bool is_map(const rw_reply *reply) {
    return reply->kind == RW_REPLY_MAP || (reply->kind == RW_REPLY_ARRAY && reply->items.count % 2 == 0);
}

rw_error *rw_reply_entries(const rw_reply *reply, const rw_entry **entries, size_t *count) {
    if (!is_map(reply)) return mismatch(reply, "a map");
    size_t pairs = reply->items.count / 2;
    rw_entry *made = rw_alloc_array(pairs, sizeof *made);
    for (size_t i = 0; i < pairs; i++) made[i] = (rw_entry){&reply->items.data[2 * i], &reply->items.data[2 * i + 1]};
    *entries = made;
    *count = pairs;
    return NULL;
}

const rw_reply *rw_reply_get_bytes(const rw_reply *reply, rw_bytes key) {
    if (!is_map(reply)) return NULL;
    for (size_t i = 0; i + 1 < reply->items.count; i += 2) {
        const rw_reply *name = &reply->items.data[i];
        if (is_string(name) && rw_equal(name->bytes, key)) return name + 1;
    }
    return NULL;
}

const rw_reply *rw_reply_get(const rw_reply *reply, const char *key) { return rw_reply_get_bytes(reply, rw_str(key)); }
