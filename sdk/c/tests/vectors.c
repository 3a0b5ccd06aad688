/* What every SDK makes of replies: sdk/resp-vectors.json. */
#include <stdlib.h>

#include "json_file.h"

static rw_json vectors(void) { return rw_json_file("../resp-vectors.json"); }

/* Characters U+0000 to U+00FF are bytes. In an allocation of their own, so that the sanitizer sees what reads beyond.
 */
static rw_bytes bytes_of(const rw_json *json) {
    rw_builder out = {0};
    for (size_t i = 0; i < json->text.size; i++) {
        unsigned char byte = (unsigned char)json->text.data[i];
        if (byte >= 0x80) byte = (unsigned char)((byte & 3) << 6 | (json->text.data[++i] & 63));
        rw_builder_char(&out, (char)byte);
    }
    char *exact = rw_alloc(out.size);
    if (out.size) memcpy(exact, out.data, out.size);
    return (rw_bytes){exact, out.size};
}

static const char *shown(const rw_json *vector) {
    return rw_copy(rw_text(bytes_of(rw_json_get(vector, "bytes")))).data;
}

#define FIND(json, key) const rw_json *key = rw_json_get(json, #key)

static bool is_value(const rw_reply *reply, const rw_json *value);

static bool are_values(const rw_reply *items, size_t count, const rw_json *values) {
    if (count != values->count) return false;
    for (size_t i = 0; i < count; i++)
        if (!is_value(&items[i], &values->items[i])) return false;
    return true;
}

static bool are_pairs(const rw_reply *items, size_t count, const rw_json *pairs) {
    if (count != 2 * pairs->count) return false;
    for (size_t i = 0; i < pairs->count; i++)
        if (!are_values(items + 2 * i, 2, &pairs->items[i])) return false;
    return true;
}

static bool is_nested(const rw_reply *reply, int64_t depth) {
    while (depth-- > 0) {
        if (reply->kind != RW_REPLY_ARRAY || reply->items.count != 1) return false;
        reply = reply->items.data;
    }
    return reply->kind == RW_REPLY_INTEGER && reply->integer == 1;
}

/* A number as the vectors write it. */
static bool is_number(double number, const rw_json *expected) {
    double wanted = strtod(rw_copy(expected->text).data, NULL);
    return wanted == number || (wanted != wanted && number != number);
}

static bool is_error(const rw_error *error, const rw_json *expected) {
    return rw_equal(error->code, expected->items[0].text) && rw_equal(error->text, expected->items[1].text);
}

static bool is_value(const rw_reply *reply, const rw_json *value) {
    rw_bytes kind = value->keys[0];
    const rw_json *of = &value->items[0];
    if (rw_is(kind, "null")) return reply->kind == RW_REPLY_NULL;
    if (rw_is(kind, "boolean")) return reply->kind == RW_REPLY_BOOLEAN && reply->boolean == of->boolean;
    if (rw_is(kind, "integer"))
        return reply->kind == RW_REPLY_INTEGER && rw_is(of->text, rw_format("%lld", (long long)reply->integer));
    if (rw_is(kind, "double")) return reply->kind == RW_REPLY_DOUBLE && is_number(reply->number, of);
    if (rw_is(kind, "big-number")) return reply->kind == RW_REPLY_BIG_NUMBER && rw_equal(reply->bytes, bytes_of(of));
    if (rw_is(kind, "simple")) return reply->kind == RW_REPLY_SIMPLE && rw_equal(reply->bytes, bytes_of(of));
    if (rw_is(kind, "bulk")) return reply->kind == RW_REPLY_BULK && rw_equal(reply->bytes, bytes_of(of));
    if (rw_is(kind, "verbatim"))
        return reply->kind == RW_REPLY_VERBATIM && rw_equal(reply->bytes, bytes_of(&of->items[1])) &&
               rw_equal((rw_bytes){reply->bytes.data - 4, 3}, of->items[0].text);
    if (rw_is(kind, "error")) return reply->kind == RW_REPLY_ERROR && is_error(reply->error, of);
    if (rw_is(kind, "array"))
        return reply->kind == RW_REPLY_ARRAY && are_values(reply->items.data, reply->items.count, of);
    if (rw_is(kind, "set")) return reply->kind == RW_REPLY_SET && are_values(reply->items.data, reply->items.count, of);
    if (rw_is(kind, "map")) return reply->kind == RW_REPLY_MAP && are_pairs(reply->items.data, reply->items.count, of);
    int64_t depth;
    return rw_is(kind, "depth") && rw_parse_integer(of->text, &depth) && is_nested(reply, depth);
}

RW_TEST(vectors_values) {
    rw_json json = vectors();
    FIND(&json, values);
    RW_CHECK(values && values->count > 30);
    for (size_t i = 0; i < values->count; i++) {
        const rw_json *vector = &values->items[i];
        rw_reply reply;
        rw_error *error = rw_decode(bytes_of(rw_json_get(vector, "bytes")), &reply);
        if (error) rw_test_fail(__FILE__, __LINE__, "%s: %.*s", shown(vector), RW_ARG(error->text));
        if (!is_value(&reply, rw_json_get(vector, "value"))) rw_test_fail(__FILE__, __LINE__, "%s", shown(vector));
    }
}

RW_TEST(vectors_malformed) {
    rw_json json = vectors();
    FIND(&json, malformed);
    RW_CHECK(malformed && malformed->count > 20);
    for (size_t i = 0; i < malformed->count; i++) {
        const rw_json *vector = &malformed->items[i];
        FIND(vector, offset);
        FIND(vector, reason);
        rw_reply reply;
        rw_error *error = rw_decode(bytes_of(rw_json_get(vector, "bytes")), &reply);
        if (!error) rw_test_fail(__FILE__, __LINE__, "%s is read", shown(vector));
        RW_CHECK(error->kind == RW_MALFORMED);
        RW_CHECK_TEXT(error->text, rw_format("the reply is not RESP3: %.*s at byte %.*s", RW_ARG(reason->text),
                                             RW_ARG(offset->text)));
    }
}

/* What an accessor gives as the vectors write it; false when that is not it. */
static bool gives(const rw_reply *reply, const rw_json *vector, rw_error **error) {
    FIND(vector, accessor);
    FIND(vector, gives);
    rw_bytes name = accessor->text, bytes = {0};
    const rw_reply *elements = NULL;
    const rw_entry *entries = NULL;
    size_t count = 0;
    int64_t integer = 0;
    double number = 0;
    *error = NULL;
    if (rw_is(name, "is-null")) return rw_reply_is_null(reply) == gives->boolean;
    if (rw_is(name, "get")) {
        const rw_reply *found = rw_reply_get_bytes(reply, bytes_of(rw_json_get(vector, "key")));
        return gives->kind == RW_JSON_NULL ? !found : found && is_value(found, gives);
    }
    if (rw_is(name, "bytes")) return !(*error = rw_reply_bytes(reply, &bytes)) && rw_equal(bytes, bytes_of(gives));
    if (rw_is(name, "text")) return !(*error = rw_reply_text(reply, &bytes)) && rw_equal(bytes, gives->text);
    if (rw_is(name, "integer"))
        return !(*error = rw_reply_integer(reply, &integer)) &&
               rw_is(gives->text, rw_format("%lld", (long long)integer));
    if (rw_is(name, "number")) return !(*error = rw_reply_number(reply, &number)) && is_number(number, gives);
    if (rw_is(name, "elements"))
        return !(*error = rw_reply_elements(reply, &elements, &count)) && are_values(elements, count, gives);
    if (!rw_is(name, "entries") || (*error = rw_reply_entries(reply, &entries, &count)) || count != gives->count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!is_value(entries[i].key, &gives->items[i].items[0]) ||
            !is_value(entries[i].value, &gives->items[i].items[1]))
            return false;
    return true;
}

RW_TEST(vectors_accessors) {
    rw_json json = vectors();
    FIND(&json, accessors);
    RW_CHECK(accessors && accessors->count > 60);
    for (size_t i = 0; i < accessors->count; i++) {
        const rw_json *vector = &accessors->items[i];
        FIND(vector, fails);
        rw_reply reply;
        rw_error *error = rw_decode(bytes_of(rw_json_get(vector, "bytes")), &reply);
        RW_CHECK(!error);
        bool is_given = gives(&reply, vector, &error);
        if (fails && (is_given || !error || !rw_equal(error->text, fails->text)))
            rw_test_fail(__FILE__, __LINE__, "%s does not fail as it has to", shown(vector));
        if (!fails && !is_given) rw_test_fail(__FILE__, __LINE__, "%s gives something else", shown(vector));
    }
}
