/* Formatted text. That of the libc writes to a file inside, which a plugin does not have. */
#include "decimal.h"

typedef struct spec {
    bool is_left;
    bool has_zeros;
    bool is_alternate;
    bool is_of_c;     /* numbers as those of the libc */
    const char *plus; /* what stands before a number that is not negative */
    int width;
    int precision; /* -1: none */
    int length;    /* 0: int; 1: long; 2: long long; -1: short; -2: char; 3: size_t; 4: long double */
} spec;

/* A plugin that was given something else than it says would go on with a wrong argument. */
static _Noreturn __attribute__((noinline)) void unknown_conversion(void) { __builtin_trap(); }

static void repeat(rw_builder *out, char byte, int count) {
    for (; count > 0; count--) rw_builder_char(out, byte);
}

/* `before` is what stands before the zeros: a sign, and 0x. */
static void padded(rw_builder *out, const spec *how, rw_bytes before, int zeros, rw_bytes text) {
    size_t size = before.size + (size_t)zeros + text.size;
    int missing = size < (size_t)how->width ? how->width - (int)size : 0;
    if (!how->is_left && !how->has_zeros) repeat(out, ' ', missing);
    rw_builder_add(out, before);
    if (!how->is_left && how->has_zeros) repeat(out, '0', missing);
    repeat(out, '0', zeros);
    rw_builder_add(out, text);
    if (how->is_left) repeat(out, ' ', missing);
}

static void whole(rw_builder *out, spec *how, const char *before, uint64_t value, unsigned base, bool is_upper) {
    const char *digits = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[64];
    size_t place = sizeof text;
    for (; value; value /= base) text[--place] = digits[value % base];
    int count = (int)(sizeof text - place), least = how->precision < 0 ? 1 : how->precision;
    if (how->is_alternate && base == 8 && least <= count) least = count + 1;
    if (how->precision >= 0) how->has_zeros = false;
    padded(out, how, rw_str(before), least > count ? least - count : 0, (rw_bytes){text + place, (size_t)count});
}

static const char *length_of(const char *format, spec *how) {
    for (;; format++) {
        if (*format == 'l') how->length++;
        else if (*format == 'h') how->length--;
        else if (*format == 'z' || *format == 't') how->length = 3;
        else if (*format == 'j') how->length = 2;
        else if (*format == 'L') how->length = 4;
        else return format;
    }
}

/* A number, or the argument that stands for it. */
static const char *count_of(const char *format, va_list *arguments, int *count) {
    if (*format == '*') {
        *count = va_arg(*arguments, int);
        return format + 1;
    }
    for (*count = 0; *format >= '0' && *format <= '9'; format++)
        if (*count < 100000) *count = *count * 10 + (*format - '0');
    return format;
}

static const char *read_spec(const char *format, va_list *arguments, spec *how) {
    *how = (spec){.precision = -1, .plus = ""};
    for (;; format++) {
        if (*format == '-') how->is_left = true;
        else if (*format == '0') how->has_zeros = true;
        else if (*format == '#') how->is_alternate = true;
        else if (*format == '+') how->plus = "+";
        else if (*format != ' ') break;
        else if (!*how->plus) how->plus = " ";
    }
    format = count_of(format, arguments, &how->width);
    if (how->width < 0) how->is_left = true, how->width = how->width < -100000 ? 100000 : -how->width;
    if (*format == '.') format = count_of(format + 1, arguments, &how->precision);
    return length_of(format, how);
}

static int64_t signed_of(const spec *how, va_list *arguments) {
    switch (how->length) {
    case 1: return va_arg(*arguments, long);
    case 2: return va_arg(*arguments, long long);
    case 3: return va_arg(*arguments, ptrdiff_t);
    case -1: return (short)va_arg(*arguments, int);
    case -2: return (signed char)va_arg(*arguments, int);
    default: return va_arg(*arguments, int);
    }
}

static uint64_t unsigned_of(const spec *how, va_list *arguments) {
    switch (how->length) {
    case 1: return va_arg(*arguments, unsigned long);
    case 2: return va_arg(*arguments, unsigned long long);
    case 3: return va_arg(*arguments, size_t);
    case -1: return (unsigned short)va_arg(*arguments, unsigned);
    case -2: return (unsigned char)va_arg(*arguments, unsigned);
    default: return va_arg(*arguments, unsigned);
    }
}

/* A string may lack its zero when there is a precision. */
static rw_bytes string_of(const spec *how, const char *text) {
    /* No bytes have no address. */
    if (!text) return rw_str(how->precision == 0 ? "" : "(null)");
    if (how->precision < 0) return rw_str(text);
    size_t size = 0;
    while (size < (size_t)how->precision && text[size]) size++;
    return (rw_bytes){text, size};
}

static rw_bytes finite(const spec *how, char letter, double value) {
    int precision = how->precision;
    switch (letter) {
    case 'f':
    case 'g':
        if (precision < 0 && !how->is_of_c) return rw_str(rw_number_text(value));
        if (letter == 'f') return rw_decimal_fixed(value, precision, how->is_alternate);
        return rw_decimal_general(value, precision, how->is_alternate);
    case 'e': return rw_decimal_exponent(value, precision, how->is_alternate);
    default: return rw_hexadecimal(value, precision, how->is_alternate);
    }
}

static rw_bytes upper(rw_bytes text) {
    char *out = (char *)(uintptr_t)rw_copy(text).data;
    for (size_t i = 0; i < text.size; i++)
        if (out[i] >= 'a' && out[i] <= 'z') out[i] = (char)(out[i] - 'a' + 'A');
    return (rw_bytes){out, text.size};
}

static void number(rw_builder *out, spec *how, char letter, double value) {
    bool is_upper = letter < 'a', is_negative = __builtin_signbit(value);
    if (is_upper) letter = (char)(letter - 'A' + 'a');
    rw_bytes text, before = rw_str(is_negative ? "-" : how->plus);
    if (value != value || value - value != 0) {
        how->has_zeros = false;
        text = rw_str(value == value ? "inf" : how->is_of_c ? "nan" : "NaN");
        if (value != value && !how->is_of_c) before = rw_str("");
    } else {
        text = finite(how, letter, is_negative ? -value : value);
        if (letter == 'a') before = rw_str(rw_format("%.*s0x", RW_ARG(before)));
    }
    padded(out, how, is_upper ? upper(before) : before, 0, is_upper ? upper(text) : text);
}

static void integer(rw_builder *out, spec *how, char letter, va_list *arguments) {
    if (how->length == 4) unknown_conversion();
    if (letter == 'd' || letter == 'i') {
        int64_t value = signed_of(how, arguments);
        whole(out, how, value < 0 ? "-" : how->plus, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, false);
        return;
    }
    uint64_t value = unsigned_of(how, arguments);
    bool is_marked = how->is_alternate && value && (letter | 0x20) == 'x';
    const char *before = !is_marked ? "" : letter == 'x' ? "0x" : "0X";
    whole(out, how, before, value, letter == 'u' ? 10 : letter == 'o' ? 8 : 16, letter == 'X');
}

static void convert(rw_builder *out, char letter, spec *how, va_list *arguments) {
    char byte;
    bool is_wide = how->length != 0;
    switch (letter) {
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': integer(out, how, letter, arguments); return;
    case 'p': whole(out, how, "0x", (uintptr_t)va_arg(*arguments, void *), 16, false); return;
    case 'c':
        if (is_wide) break;
        byte = (char)va_arg(*arguments, int);
        how->has_zeros = false;
        padded(out, how, rw_str(""), 0, (rw_bytes){&byte, 1});
        return;
    case 's':
        if (is_wide) break;
        how->has_zeros = false;
        padded(out, how, rw_str(""), 0, string_of(how, va_arg(*arguments, const char *)));
        return;
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        if (how->length == 4) number(out, how, letter, (double)va_arg(*arguments, long double));
        else number(out, how, letter, va_arg(*arguments, double));
        return;
    case '%': rw_builder_char(out, '%'); return;
    default: break;
    }
    unknown_conversion();
}

static char *formatted(const char *format, va_list arguments, bool is_of_c) {
    va_list rest;
    va_copy(rest, arguments);
    rw_builder out = {0};
    while (*format) {
        const char *percent = strchr(format, '%');
        size_t size = percent ? (size_t)(percent - format) : strlen(format);
        rw_builder_add(&out, (rw_bytes){format, size});
        format += size;
        if (!percent) break;
        spec how;
        format = read_spec(format + 1, &rest, &how);
        how.is_of_c = is_of_c;
        convert(&out, *format, &how, &rest);
        format++;
    }
    va_end(rest);
    rw_builder_char(&out, 0);
    return out.data;
}

char *rw_format_args(const char *format, va_list arguments) { return formatted(format, arguments, false); }

char *rw_format_of_c(const char *format, va_list arguments) { return formatted(format, arguments, true); }

char *rw_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = rw_format_args(format, arguments);
    va_end(arguments);
    return text;
}
