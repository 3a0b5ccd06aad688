/* Bytes to rw_reply. Trusts nothing: lengths are checked against what is there, nesting is bounded. */
#include "internal.h"

/* The deepest nesting that is read. Redis's own replies stay below ten. */
#define MOST_DEPTH 32

typedef struct decoder {
    rw_bytes bytes;
    size_t offset;
} decoder;

static rw_error *value(decoder *from, unsigned depth, rw_reply *reply);

static rw_error *malformed(size_t offset, const char *reason) {
    return rw_error_new(RW_MALFORMED, rw_str(rw_format("the reply is not RESP3: %s at byte %zu", reason, offset)));
}

static rw_error *line(decoder *from, rw_bytes *out) {
    size_t left = from->bytes.size - from->offset;
    const char *begin = from->bytes.data + from->offset, *place = begin;
    while (left >= 2 && (place = memchr(place, '\r', left - 1)) != NULL) {
        if (place[1] == '\n') {
            *out = (rw_bytes){begin, (size_t)(place - begin)};
            from->offset += out->size + 2;
            return NULL;
        }
        place++;
        left = from->bytes.size - (size_t)(place - from->bytes.data);
    }
    return malformed(from->offset, "the line has no end");
}

static rw_error *integer(decoder *from, const char *reason, int64_t *out) {
    size_t start = from->offset;
    rw_bytes text;
    rw_error *error = line(from, &text);
    if (error) return error;
    return rw_parse_integer_exactly(text, out) ? NULL : malformed(start, reason);
}

static rw_error *number(decoder *from, double *out) {
    size_t start = from->offset;
    rw_bytes text;
    rw_error *error = line(from, &text);
    if (error) return error;
    return rw_parse_number_exactly(text, out) ? NULL : malformed(start, "not a double");
}

static rw_error *boolean(decoder *from, rw_reply *reply) {
    size_t start = from->offset;
    rw_bytes text;
    rw_error *error = line(from, &text);
    if (error) return error;
    if (!rw_is(text, "t") && !rw_is(text, "f")) return malformed(start, "not a boolean");
    *reply = (rw_reply){.kind = RW_REPLY_BOOLEAN, .boolean = text.data[0] == 't'};
    return NULL;
}

/* A length of -1 is RESP2's null. */
static rw_error *length(decoder *from, int64_t *out) {
    size_t start = from->offset;
    rw_error *error = integer(from, "not a length", out);
    if (!error && *out < -1) return malformed(start, "not a length");
    return error;
}

static rw_error *string(decoder *from, bool *is_null, rw_bytes *out) {
    int64_t size;
    rw_error *error = length(from, &size);
    *is_null = !error && size == -1;
    if (error || *is_null) return error;
    size_t left = from->bytes.size - from->offset;
    if (left < 2 || (uint64_t)size > left - 2) return malformed(from->offset, "the string ends early");
    *out = (rw_bytes){from->bytes.data + from->offset, (size_t)size};
    if (memcmp(out->data + out->size, "\r\n", 2) != 0)
        return malformed(from->offset, "the string is longer than its length");
    from->offset += out->size + 2;
    return NULL;
}

static rw_error *text(decoder *from, char type, rw_reply *reply) {
    size_t start = from->offset;
    bool is_null;
    rw_bytes bytes;
    rw_error *error = string(from, &is_null, &bytes);
    if (error) return error;
    if (is_null) *reply = (rw_reply){.kind = RW_REPLY_NULL};
    else if (type == '$') *reply = (rw_reply){.kind = RW_REPLY_BULK, .bytes = bytes};
    else if (type == '!') *reply = (rw_reply){.kind = RW_REPLY_ERROR, .error = rw_error_line(bytes)};
    else if (bytes.size < 4 || bytes.data[3] != ':') return malformed(start, "not a verbatim string");
    else *reply = (rw_reply){.kind = RW_REPLY_VERBATIM, .bytes = {bytes.data + 4, bytes.size - 4}};
    return NULL;
}

static rw_error *elements(decoder *from, unsigned depth, size_t each, rw_reply_kind kind, rw_reply *reply) {
    int64_t announced;
    rw_error *error = length(from, &announced);
    if (error) return error;
    if (announced == -1) {
        *reply = (rw_reply){.kind = RW_REPLY_NULL};
        return NULL;
    }
    /* The shortest value has three bytes: a length that cannot be true must not become an allocation. */
    size_t possible = (from->bytes.size - from->offset) / 3;
    if ((uint64_t)announced > possible / each) return malformed(from->offset, "fewer elements than announced");
    size_t count = (size_t)announced * each;
    rw_reply *items = rw_alloc_array(count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        if ((error = value(from, depth - 1, &items[i])) != NULL) return error;
    *reply = (rw_reply){.kind = kind, .items = {items, count}};
    return NULL;
}

static rw_error *of_line(decoder *from, char type, rw_reply *reply) {
    rw_bytes bytes;
    rw_error *error = line(from, &bytes);
    if (error) return error;
    switch (type) {
    case '+': *reply = (rw_reply){.kind = RW_REPLY_SIMPLE, .bytes = bytes}; break;
    case '(': *reply = (rw_reply){.kind = RW_REPLY_BIG_NUMBER, .bytes = bytes}; break;
    case '-': *reply = (rw_reply){.kind = RW_REPLY_ERROR, .error = rw_error_line(bytes)}; break;
    default: *reply = (rw_reply){.kind = RW_REPLY_NULL};
    }
    return NULL;
}

static rw_error *value(decoder *from, unsigned depth, rw_reply *reply) {
    if (depth == 0) return malformed(from->offset, "nested too deeply");
    if (from->offset >= from->bytes.size) return malformed(from->offset, "the value ends early");
    char type = from->bytes.data[from->offset++];
    rw_error *error;
    switch (type) {
    case '+':
    case '-':
    case '(':
    case '_': return of_line(from, type, reply);
    case ':': reply->kind = RW_REPLY_INTEGER; return integer(from, "not an integer", &reply->integer);
    case ',': reply->kind = RW_REPLY_DOUBLE; return number(from, &reply->number);
    case '#': return boolean(from, reply);
    case '$':
    case '=':
    case '!': return text(from, type, reply);
    /* A push cannot be an answer; inside of one it reads like the array it is. */
    case '*':
    case '>': return elements(from, depth, 1, RW_REPLY_ARRAY, reply);
    case '~': return elements(from, depth, 1, RW_REPLY_SET, reply);
    case '%': return elements(from, depth, 2, RW_REPLY_MAP, reply);
    /* Attributes stand before the value that they are about. */
    case '|':
        error = elements(from, depth, 2, RW_REPLY_MAP, reply);
        return error ? error : value(from, depth - 1, reply);
    default: return malformed(from->offset, "no type begins with this byte");
    }
}

rw_error *rw_decode(rw_bytes bytes, rw_reply *reply) {
    decoder from = {bytes, 0};
    rw_error *error = value(&from, MOST_DEPTH, reply);
    if (!error && from.offset != bytes.size) error = malformed(from.offset, "more bytes follow the value");
    if (error) *reply = (rw_reply){.kind = RW_REPLY_NULL};
    return error;
}
