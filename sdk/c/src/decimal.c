/* Numbers digit by digit. */
#include "decimal.h"

/* Digits of a number without fraction, nine in each: the lowest first. */
#define BASE 1000000000u

typedef struct big {
    uint32_t limbs[RW_LIMBS];
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

/* A fraction of 2^-n is one of 10^-n when it is multiplied with 5^n. */
void rw_decimal_of(double number, rw_decimal *out) {
    *out = (rw_decimal){.digits = "0", .count = 1, .point = 1};
    if (number == 0) return;
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
    out->count = 0;
    for (size_t i = value.count; i-- > 0;) {
        uint32_t limb = value.limbs[i];
        for (uint32_t unit = BASE / 10; unit; unit /= 10) {
            char digit = (char)('0' + limb / unit % 10);
            if (out->count || digit != '0') out->digits[out->count++] = digit;
        }
    }
    out->point = out->count + (exponent < 0 ? exponent : 0);
}

/* Whether what is left out is more than a half, or a half behind an odd digit. */
static bool goes_up(const rw_decimal *number, int kept) {
    if (number->digits[kept] != '5') return number->digits[kept] > '5';
    for (int i = kept + 1; i < number->count; i++)
        if (number->digits[i] != '0') return true;
    return kept > 0 && (number->digits[kept - 1] - '0') % 2 == 1;
}

void rw_decimal_round(rw_decimal *number, int kept) {
    if (kept >= number->count) return;
    bool is_up = kept >= 0 && goes_up(number, kept);
    number->count = kept > 0 ? kept : 0;
    if (!is_up) return;
    for (int i = number->count; i-- > 0;) {
        if (number->digits[i] != '9') {
            number->digits[i]++;
            return;
        }
        number->digits[i] = '0';
    }
    /* All were 9, or there were none. */
    number->digits[0] = '1';
    if (number->count == 0) number->count = 1;
    number->point++;
}

/* Digits from a place on; those before the first and behind the last are 0. */
static void write_digits(rw_builder *out, const rw_decimal *number, int place, int count) {
    for (; count > 0; count--, place++)
        rw_builder_char(out, place >= 0 && place < number->count ? number->digits[place] : '0');
}

static rw_bytes fixed(const rw_decimal *number, int precision, bool is_kept) {
    rw_builder out = {0};
    write_digits(&out, number, number->point > 0 ? 0 : number->point - 1, number->point > 0 ? number->point : 1);
    if (precision || is_kept) rw_builder_char(&out, '.');
    write_digits(&out, number, number->point, precision);
    return rw_builder_bytes(&out);
}

static rw_bytes exponent(const rw_decimal *number, int precision, bool is_kept) {
    int power = number->point - 1;
    rw_builder out = {0};
    write_digits(&out, number, 0, 1);
    if (precision || is_kept) rw_builder_char(&out, '.');
    write_digits(&out, number, 1, precision);
    rw_builder_format(&out, "e%c%02d", power < 0 ? '-' : '+', power < 0 ? -power : power);
    return rw_builder_bytes(&out);
}

static int precision_of(int precision) { return precision < 0 ? 6 : precision; }

rw_bytes rw_decimal_fixed(double number, int precision, bool is_kept) {
    rw_decimal decimal;
    rw_decimal_of(number, &decimal);
    precision = precision_of(precision);
    rw_decimal_round(&decimal, decimal.point + precision);
    return fixed(&decimal, precision, is_kept);
}

rw_bytes rw_decimal_exponent(double number, int precision, bool is_kept) {
    rw_decimal decimal;
    rw_decimal_of(number, &decimal);
    precision = precision_of(precision);
    rw_decimal_round(&decimal, precision + 1);
    return exponent(&decimal, precision, is_kept);
}

rw_bytes rw_decimal_general(double number, int precision, bool is_kept) {
    rw_decimal decimal;
    rw_decimal_of(number, &decimal);
    int digits = precision_of(precision);
    if (digits == 0) digits = 1;
    rw_decimal_round(&decimal, digits);
    bool is_fixed = decimal.point >= -3 && decimal.point <= digits;
    if (!is_kept) {
        digits = decimal.count;
        while (digits > 1 && decimal.digits[digits - 1] == '0') digits--;
    }
    int behind = digits - decimal.point;
    if (is_fixed) return fixed(&decimal, behind > 0 ? behind : 0, is_kept);
    return exponent(&decimal, digits - 1, is_kept);
}

rw_bytes rw_hexadecimal(double number, int precision, bool is_kept) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    int power = (int)(bits >> 52 & 2047);
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    if (power) mantissa |= UINT64_C(1) << 52;
    else if (mantissa) power = 1;
    if (power) power -= 1023;
    int digits = 13;
    if (precision >= 0 && precision < 13) {
        int lost = 4 * (13 - precision);
        uint64_t left = mantissa & ((UINT64_C(1) << lost) - 1), half = UINT64_C(1) << (lost - 1);
        digits = precision;
        mantissa >>= lost;
        mantissa += left > half || (left == half && mantissa % 2);
    } else if (precision < 0) {
        for (; digits && mantissa % 16 == 0; digits--) mantissa /= 16;
    }
    rw_builder out = {0};
    rw_builder_format(&out, "%u", (unsigned)(mantissa >> 4 * digits));
    if (digits || precision > 0 || is_kept) rw_builder_char(&out, '.');
    for (int place = digits; place-- > 0;)
        rw_builder_format(&out, "%x", (unsigned)(mantissa >> 4 * place & 15));
    for (int i = digits; i < precision; i++) rw_builder_char(&out, '0');
    rw_builder_format(&out, "p%c%d", power < 0 ? '-' : '+', power < 0 ? -power : power);
    return rw_builder_bytes(&out);
}
