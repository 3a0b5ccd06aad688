/* Patterns of keys. In the few keys of a test, trying again is cheap. */
#include "testing.h"

static rw_bytes after(rw_bytes bytes, size_t count) { return (rw_bytes){bytes.data + count, bytes.size - count}; }

/* Whether a byte is in the class that begins after its bracket, and what follows the class. */
static bool is_in_class(rw_bytes *rest, unsigned char byte) {
    rw_bytes left = *rest;
    bool is_not = left.size && left.data[0] == '^', is_in = false;
    if (is_not) left = after(left, 1);
    while (left.size && left.data[0] != ']') {
        unsigned char first = (unsigned char)left.data[0], last = first;
        if (first == '\\' && left.size > 1) {
            first = last = (unsigned char)left.data[1];
            left = after(left, 2);
        } else if (left.size > 2 && left.data[1] == '-') {
            last = (unsigned char)left.data[2];
            left = after(left, 3);
        } else {
            left = after(left, 1);
        }
        is_in |= first <= last ? byte >= first && byte <= last : byte >= last && byte <= first;
    }
    *rest = left.size ? after(left, 1) : left;
    return is_in != is_not;
}

bool rw_glob(rw_bytes pattern, rw_bytes key) {
    while (pattern.size) {
        char first = pattern.data[0];
        if (first == '*') {
            for (size_t skipped = 0; skipped <= key.size; skipped++)
                if (rw_glob(after(pattern, 1), after(key, skipped))) return true;
            return false;
        }
        if (key.size == 0) return false;
        if (first == '[') {
            pattern = after(pattern, 1);
            if (!is_in_class(&pattern, (unsigned char)key.data[0])) return false;
        } else {
            if (first == '\\' && pattern.size > 1) pattern = after(pattern, 1), first = pattern.data[0];
            else if (first == '?') first = key.data[0];
            if (first != key.data[0]) return false;
            pattern = after(pattern, 1);
        }
        key = after(key, 1);
    }
    return key.size == 0;
}
