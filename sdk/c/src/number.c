/* Numbers to texts and back, without a locale. */
#include <stdlib.h>

#include "internal.h"

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

/* Digits of a number without fraction, nine in each: the lowest first. */
#define LIMBS 128
#define BASE 1000000000u

typedef struct big {
    uint32_t limbs[LIMBS];
    size_t count;
} big;

static void multiply(big *number, uint32_t by) {
    uint64_t carry = 0;
    for (size_t i = 0; i < number->count; i++) {
        carry += (uint64_t)number->limbs[i] * by;
        number->limbs[i] = (uint32_t)(carry % BASE);
        carry /= BASE;
    }
    while (carry) {
        number->limbs[number->count++] = (uint32_t)(carry % BASE);
        carry /= BASE;
    }
}

/* All digits of a finite number above 0: `text` · 10^-places. A fraction of 2^-n is one of 10^-n when it is multiplied
 * with 5^n. */
static size_t all_digits(double number, char text[LIMBS * 9 + 1], int *places) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    int exponent = (int)(bits >> 52 & 2047);
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    if (exponent) mantissa |= UINT64_C(1) << 52;
    else exponent = 1;
    exponent -= 1075;
    while (exponent < 0 && mantissa % 2 == 0) mantissa /= 2, exponent++;
    big value = {.limbs = {(uint32_t)(mantissa % BASE), (uint32_t)(mantissa / BASE)}, .count = 2};
    for (int i = 0; i < exponent; i++) multiply(&value, 2);
    for (int i = 0; i > exponent; i--) multiply(&value, 5);
    *places = exponent < 0 ? -exponent : 0;
    size_t count = 0;
    for (size_t i = value.count; i-- > 0;) {
        uint32_t limb = value.limbs[i];
        for (uint32_t unit = BASE / 10; unit; unit /= 10) text[count++] = (char)('0' + limb / unit % 10);
    }
    size_t zeros = 0;
    while (text[zeros] == '0') zeros++;
    memmove(text, text + zeros, count - zeros);
    return count - zeros;
}

/* The first digits, rounded. Gives 1 when the first of them became 10. */
static int rounded(const char *all, size_t count, size_t kept, char *first) {
    memcpy(first, all, kept);
    first[kept] = 0;
    if (kept >= count || all[kept] < '5') return 0;
    bool is_half = all[kept] == '5';
    for (size_t i = kept + 1; is_half && i < count; i++) is_half = all[i] == '0';
    if (is_half && (all[kept - 1] - '0') % 2 == 0) return 0;
    for (size_t i = kept; i-- > 0;) {
        if (first[i] != '9') {
            first[i]++;
            return 0;
        }
        first[i] = '0';
    }
    first[0] = '1';
    return 1;
}

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
    char all[LIMBS * 9 + 1], first[18];
    int places;
    size_t count = all_digits(value, all, &places);
    for (size_t kept = 1;; kept++) {
        int more = rounded(all, count, kept < count ? kept : count, first);
        int point = (int)count - places + more;
        const char *text = rw_format("0.%se%d", first, point);
        if (kept == 17 || strtod(text, NULL) == value) return placed(is_negative, first, point);
    }
}
