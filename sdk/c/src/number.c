/* Numbers to texts and back, without a locale. */
#include <stdlib.h>

#include "decimal.h"

static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

bool rw_parse_integer_exactly(rw_bytes bytes, int64_t *integer) {
    size_t place = bytes.size && (bytes.data[0] == '-' || bytes.data[0] == '+');
    bool is_negative = place && bytes.data[0] == '-';
    if (place == bytes.size) return false;
    int64_t value = 0;
    for (; place < bytes.size; place++) {
        if (!is_digit(bytes.data[place])) return false;
        int64_t digit = bytes.data[place] - '0';
        /* Downwards, as there is one more negative number. */
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, digit, &value)) return false;
    }
    if (!is_negative && __builtin_sub_overflow(0, value, &value)) return false;
    *integer = value;
    return true;
}

bool rw_parse_integer(rw_bytes bytes, int64_t *integer) { return rw_parse_integer_exactly(rw_trim(bytes), integer); }

static bool is_word(rw_bytes bytes, const char *word) {
    if (bytes.size != strlen(word)) return false;
    for (size_t i = 0; i < bytes.size; i++)
        if ((bytes.data[i] | 0x20) != word[i]) return false;
    return true;
}

static size_t digits(rw_bytes bytes, size_t *place) {
    size_t before = *place;
    while (*place < bytes.size && is_digit(bytes.data[*place])) ++*place;
    return *place - before;
}

/* Digits, a point, an exponent: strtod would take more than that. */
static bool is_decimal(rw_bytes bytes) {
    size_t place = 0, count = digits(bytes, &place);
    if (place < bytes.size && bytes.data[place] == '.') {
        place++;
        count += digits(bytes, &place);
    }
    if (count == 0) return false;
    if (place < bytes.size && (bytes.data[place] | 0x20) == 'e') {
        place++;
        if (place < bytes.size && (bytes.data[place] == '-' || bytes.data[place] == '+')) place++;
        if (digits(bytes, &place) == 0) return false;
    }
    return place == bytes.size;
}

bool rw_parse_number_exactly(rw_bytes bytes, double *number) {
    if (bytes.size == 0) return false;
    size_t sign = bytes.data[0] == '-' || bytes.data[0] == '+';
    rw_bytes unsigned_one = {bytes.data + sign, bytes.size - sign};
    double value;
    if (is_word(unsigned_one, "inf") || is_word(unsigned_one, "infinity")) {
        value = __builtin_inf();
    } else if (is_word(unsigned_one, "nan")) {
        value = __builtin_nan("");
    } else if (is_decimal(unsigned_one)) {
        value = strtod(rw_copy(unsigned_one).data, NULL);
    } else {
        return false;
    }
    *number = sign && bytes.data[0] == '-' ? -value : value;
    return true;
}

bool rw_parse_number(rw_bytes bytes, double *number) { return rw_parse_number_exactly(rw_trim(bytes), number); }

/* `digits` with the point behind so many of them, without an exponent. */
static const char *placed(bool is_negative, const char *digits, int point) {
    rw_builder text = {0};
    if (is_negative) rw_builder_char(&text, '-');
    int count = (int)strlen(digits);
    while (count > 1 && digits[count - 1] == '0') count--;
    if (point <= 0) rw_builder_str(&text, "0.");
    for (int i = point; i < 0; i++) rw_builder_char(&text, '0');
    for (int i = 0; i < count; i++) {
        if (i == point && point > 0) rw_builder_char(&text, '.');
        rw_builder_char(&text, digits[i]);
    }
    for (int i = count; i < point; i++) rw_builder_char(&text, '0');
    rw_builder_char(&text, 0);
    return text.data;
}

const char *rw_number_text(double number) {
    if (number != number) return "NaN";
    bool is_negative = __builtin_signbit(number);
    double value = is_negative ? -number : number;
    if (value == __builtin_inf()) return is_negative ? "-inf" : "inf";
    if (value == 0) return is_negative ? "-0" : "0";
    if (value < 1e15 && value == (double)(int64_t)value) return rw_format("%lld", (long long)number);
    rw_decimal all;
    rw_decimal_of(value, &all);
    for (int kept = 1;; kept++) {
        rw_decimal first = all;
        rw_decimal_round(&first, kept);
        first.digits[first.count] = 0;
        const char *text = rw_format("0.%se%d", first.digits, first.point);
        if (kept == 17 || strtod(text, NULL) == value) return placed(is_negative, first.digits, first.point);
    }
}
