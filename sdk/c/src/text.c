/* Bytes, and texts made of them. */
#include "internal.h"

rw_bytes rw_str(const char *text) { return text ? (rw_bytes){text, strlen(text)} : (rw_bytes){"", 0}; }

rw_bytes rw_same(rw_bytes bytes) { return bytes; }

bool rw_equal(rw_bytes one, rw_bytes other) {
    return one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
}

bool rw_is(rw_bytes bytes, const char *text) { return rw_equal(bytes, rw_str(text)); }

bool rw_starts_with(rw_bytes bytes, const char *text) {
    size_t size = strlen(text);
    return bytes.size >= size && (size == 0 || memcmp(bytes.data, text, size) == 0);
}

int rw_compare(rw_bytes one, rw_bytes other) {
    size_t common = one.size < other.size ? one.size : other.size;
    int order = common ? memcmp(one.data, other.data, common) : 0;
    if (order) return order;
    return (one.size > other.size) - (one.size < other.size);
}

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

rw_bytes rw_trim(rw_bytes bytes) {
    while (bytes.size && is_space(bytes.data[0])) bytes.data++, bytes.size--;
    while (bytes.size && is_space(bytes.data[bytes.size - 1])) bytes.size--;
    return bytes;
}

bool rw_split(rw_bytes bytes, char mark, rw_bytes *before, rw_bytes *after) {
    const char *place = bytes.size ? memchr(bytes.data, mark, bytes.size) : NULL;
    if (!place) return false;
    size_t size = (size_t)(place - bytes.data);
    *before = (rw_bytes){bytes.data, size};
    *after = (rw_bytes){place + 1, bytes.size - size - 1};
    return true;
}

bool rw_pairs_get(rw_pairs pairs, const char *name, rw_bytes *value) {
    for (size_t i = 0; i < pairs.count; i++) {
        if (!rw_is(pairs.items[i].name, name)) continue;
        *value = pairs.items[i].value;
        return true;
    }
    return false;
}

/* How many bytes from 0x80 on the sequence has whose first byte this is, and what the second may be (RFC 3629). */
static size_t follow(unsigned char first, unsigned char *low, unsigned char *high) {
    *low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first >= 0xc2 && first <= 0xdf) return 1;
    if (first >= 0xe0 && first <= 0xef) return 2;
    return first >= 0xf0 && first <= 0xf4 ? 3 : 0;
}

/* The size of the character that begins here; 0 when none does. */
static size_t character(const unsigned char *data, size_t size) {
    if (data[0] < 0x80) return 1;
    unsigned char low, high;
    size_t more = follow(data[0], &low, &high);
    if (more == 0 || more >= size || data[1] < low || data[1] > high) return 0;
    for (size_t i = 2; i <= more; i++)
        if (data[i] < 0x80 || data[i] > 0xbf) return 0;
    return more + 1;
}

/* The size of the text at the beginning. Eight letters of ASCII are passed over at once. */
static size_t valid_up_to(rw_bytes bytes) {
    const unsigned char *data = (const unsigned char *)bytes.data;
    size_t place = 0;
    while (place < bytes.size) {
        uint64_t eight;
        if (bytes.size - place >= sizeof eight) {
            memcpy(&eight, data + place, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                place += sizeof eight;
                continue;
            }
        }
        size_t size = character(data + place, bytes.size - place);
        if (size == 0) break;
        place += size;
    }
    return place;
}

rw_bytes rw_text(rw_bytes bytes) {
    size_t valid = valid_up_to(bytes);
    if (valid == bytes.size) return bytes;
    static const char digits[] = "0123456789abcdef";
    rw_builder text = {0};
    for (;;) {
        rw_builder_add(&text, (rw_bytes){bytes.data, valid});
        bytes.data += valid, bytes.size -= valid;
        if (bytes.size == 0) return rw_builder_bytes(&text);
        unsigned char byte = (unsigned char)bytes.data[0];
        const char escaped[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        rw_builder_add(&text, (rw_bytes){escaped, sizeof escaped});
        bytes.data++, bytes.size--;
        valid = valid_up_to(bytes);
    }
}

rw_bytes rw_said(rw_bytes bytes) {
    rw_bytes text = rw_text(bytes);
    return text.data == bytes.data ? rw_copy(bytes) : text;
}

static rw_list each(rw_list list, rw_bytes (*make)(rw_bytes)) {
    rw_bytes *items = rw_alloc_array(list.count, sizeof *items);
    for (size_t i = 0; i < list.count; i++) items[i] = make(list.items[i]);
    return (rw_list){items, list.count};
}

rw_list rw_said_all(rw_list list) { return each(list, rw_said); }

rw_list rw_list_copy(rw_list list) { return each(list, rw_copy); }
