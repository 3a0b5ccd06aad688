/* JSON (RFC 8259) into a tree. */
#include "internal.h"

/* The deepest nesting that is read: the stack is small. */
#define MOST_DEPTH 64

typedef struct reader {
    rw_bytes text;
    size_t place;
} reader;

static rw_error *value(reader *from, unsigned depth, rw_json *json);

static rw_error *unexpected(const reader *from, const char *expected) {
    return rw_error_new(RW_OTHER, rw_str(rw_format("not JSON: expected %s at byte %zu", expected, from->place)));
}

static int peek(const reader *from) {
    return from->place < from->text.size ? (unsigned char)from->text.data[from->place] : -1;
}

static void skip_space(reader *from) {
    for (int byte = peek(from); byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; byte = peek(from))
        from->place++;
}

static bool take(reader *from, const char *word) {
    rw_bytes rest = {from->text.data + from->place, from->text.size - from->place};
    if (!rw_starts_with(rest, word)) return false;
    from->place += strlen(word);
    return true;
}

static int hexadecimal(int byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    int letter = byte | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* Four digits; false when there are others. */
static bool unit(reader *from, uint32_t *out) {
    *out = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hexadecimal(peek(from));
        if (digit < 0) return false;
        *out = *out << 4 | (uint32_t)digit;
        from->place++;
    }
    return true;
}

static void add_character(rw_builder *out, uint32_t point) {
    if (point < 0x80) {
        rw_builder_char(out, (char)point);
    } else if (point < 0x800) {
        rw_builder_char(out, (char)(0xc0 | point >> 6));
        rw_builder_char(out, (char)(0x80 | (point & 63)));
    } else if (point < 0x10000) {
        rw_builder_char(out, (char)(0xe0 | point >> 12));
        rw_builder_char(out, (char)(0x80 | (point >> 6 & 63)));
        rw_builder_char(out, (char)(0x80 | (point & 63)));
    } else {
        rw_builder_char(out, (char)(0xf0 | point >> 18));
        rw_builder_char(out, (char)(0x80 | (point >> 12 & 63)));
        rw_builder_char(out, (char)(0x80 | (point >> 6 & 63)));
        rw_builder_char(out, (char)(0x80 | (point & 63)));
    }
}

/* What follows \u. Half of a pair alone is no character: U+FFFD stands for it. */
static rw_error *escaped_unit(reader *from, rw_builder *out) {
    uint32_t point, low;
    if (!unit(from, &point)) return unexpected(from, "four hexadecimal digits");
    if (point >= 0xd800 && point <= 0xdbff) {
        size_t before = from->place;
        if (take(from, "\\u") && unit(from, &low) && low >= 0xdc00 && low <= 0xdfff) {
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        } else {
            from->place = before;
            point = 0xfffd;
        }
    } else if (point >= 0xdc00 && point <= 0xdfff) {
        point = 0xfffd;
    }
    add_character(out, point);
    return NULL;
}

static rw_error *escape(reader *from, rw_builder *out) {
    static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    int letter = peek(from);
    const char *known = letter > 0 ? strchr(letters, letter) : NULL;
    if (known) {
        from->place++;
        rw_builder_char(out, bytes[known - letters]);
        return NULL;
    }
    return take(from, "u") ? escaped_unit(from, out) : unexpected(from, "an escaped character");
}

static rw_error *string(reader *from, rw_bytes *out) {
    if (!take(from, "\"")) return unexpected(from, "a string");
    rw_builder text = {0};
    for (;;) {
        size_t begin = from->place;
        int byte;
        while ((byte = peek(from)) != '"' && byte != '\\' && byte >= ' ') from->place++;
        rw_builder_add(&text, (rw_bytes){from->text.data + begin, from->place - begin});
        if (take(from, "\"")) {
            *out = text.size ? rw_builder_bytes(&text) : rw_str("");
            return NULL;
        }
        if (!take(from, "\\")) return unexpected(from, "the end of a string");
        rw_error *error = escape(from, &text);
        if (error) return error;
    }
}

static bool digits(reader *from) {
    size_t before = from->place;
    while (peek(from) >= '0' && peek(from) <= '9') from->place++;
    return from->place > before;
}

static rw_error *number(reader *from, rw_json *json) {
    size_t begin = from->place;
    take(from, "-");
    bool is_one = take(from, "0") || digits(from);
    if (is_one && take(from, ".")) is_one = digits(from);
    if (is_one && (take(from, "e") || take(from, "E"))) {
        if (!take(from, "+")) take(from, "-");
        is_one = digits(from);
    }
    if (!is_one) return unexpected(from, "a value");
    *json = (rw_json){.kind = RW_JSON_NUMBER, .text = {from->text.data + begin, from->place - begin}};
    return NULL;
}

/* What stands in brackets, until `end`. */
static rw_error *items(reader *from, unsigned depth, const char *end, rw_json *json) {
    rw_vector values = {0}, keys = {0};
    rw_error *error = NULL;
    bool is_object = json->kind == RW_JSON_OBJECT;
    skip_space(from);
    for (bool is_first = true; !take(from, end); is_first = false) {
        if (!is_first && !take(from, ",")) return unexpected(from, is_object ? ", or }" : ", or ]");
        skip_space(from);
        if (is_object) {
            error = string(from, rw_vector_push(&keys, sizeof(rw_bytes)));
            if (error) return error;
            skip_space(from);
            if (!take(from, ":")) return unexpected(from, ":");
        }
        error = value(from, depth - 1, rw_vector_push(&values, sizeof(rw_json)));
        if (error) return error;
        skip_space(from);
    }
    json->items = values.items;
    json->keys = keys.items;
    json->count = values.count;
    return NULL;
}

static rw_error *value(reader *from, unsigned depth, rw_json *json) {
    if (depth == 0) return unexpected(from, "less nesting");
    skip_space(from);
    *json = (rw_json){.kind = RW_JSON_NULL};
    if (peek(from) == '"') {
        json->kind = RW_JSON_STRING;
        return string(from, &json->text);
    }
    if (take(from, "{")) {
        json->kind = RW_JSON_OBJECT;
        return items(from, depth, "}", json);
    }
    if (take(from, "[")) {
        json->kind = RW_JSON_ARRAY;
        return items(from, depth, "]", json);
    }
    if (take(from, "null")) return NULL;
    json->kind = RW_JSON_BOOLEAN;
    if (take(from, "true")) {
        json->boolean = true;
        return NULL;
    }
    return take(from, "false") ? NULL : number(from, json);
}

rw_error *rw_json_read(rw_bytes text, rw_json *json) {
    reader from = {text.size ? text : rw_str(""), 0};
    rw_error *error = value(&from, MOST_DEPTH, json);
    if (error) return error;
    skip_space(&from);
    return from.place == text.size ? NULL : unexpected(&from, "the end");
}

const rw_json *rw_json_get(const rw_json *json, const char *key) {
    if (!json || json->kind != RW_JSON_OBJECT) return NULL;
    for (size_t i = json->count; i-- > 0;)
        if (rw_is(json->keys[i], key)) return &json->items[i];
    return NULL;
}

void rw_json_write_string(rw_builder *builder, rw_bytes text) {
    rw_builder_char(builder, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte == '"' || byte == '\\') rw_builder_char(builder, '\\');
        if (byte < ' ') rw_builder_format(builder, "\\u%04x", byte);
        else rw_builder_char(builder, (char)byte);
    }
    rw_builder_char(builder, '"');
}
