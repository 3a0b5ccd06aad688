/* Formatted text. That of the libc writes to a file inside, which a plugin does not have. */
#include "internal.h"

typedef struct spec {
    bool is_left;
    bool has_zeros;
    int width;
    int precision; /* -1: none */
    int length;    /* 0: int; 1: long; 2: long long; -1: short; -2: char; 3: size_t */
} spec;

static void repeat(rw_builder *out, char byte, int count) {
    for (; count > 0; count--) rw_builder_char(out, byte);
}

/* `sign` is what stands before the zeros. */
static void padded(rw_builder *out, const spec *how, rw_bytes sign, rw_bytes text) {
    size_t size = sign.size + text.size;
    int missing = size < (size_t)how->width ? how->width - (int)size : 0;
    if (!how->is_left && !how->has_zeros) repeat(out, ' ', missing);
    rw_builder_add(out, sign);
    if (!how->is_left && how->has_zeros) repeat(out, '0', missing);
    rw_builder_add(out, text);
    if (how->is_left) repeat(out, ' ', missing);
}

static void whole(rw_builder *out, const spec *how, bool is_negative, uint64_t value, unsigned base, bool is_upper) {
    const char *digits = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[64];
    size_t place = sizeof text;
    do {
        text[--place] = digits[value % base];
        value /= base;
    } while (value);
    while (how->precision > 0 && place > 0 && sizeof text - place < (size_t)how->precision) text[--place] = '0';
    padded(out, how, rw_str(is_negative ? "-" : ""), (rw_bytes){text + place, sizeof text - place});
}

static const char *length_of(const char *format, spec *how) {
    for (;; format++) {
        if (*format == 'l') how->length++;
        else if (*format == 'h') how->length--;
        else if (*format == 'z' || *format == 't') how->length = 3;
        else if (*format == 'j') how->length = 2;
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
    *how = (spec){.precision = -1};
    for (;; format++) {
        if (*format == '-') how->is_left = true;
        else if (*format == '0') how->has_zeros = true;
        else if (*format != '+' && *format != ' ' && *format != '#') break;
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

static void number(rw_builder *out, spec *how, double value) {
    rw_bytes text = rw_str(rw_number_text(value));
    bool is_negative = rw_starts_with(text, "-");
    if (is_negative) text.data++, text.size--;
    padded(out, how, rw_str(is_negative ? "-" : ""), text);
}

static void convert(rw_builder *out, char letter, spec *how, va_list *arguments) {
    int64_t value;
    char byte;
    switch (letter) {
    case 'd':
    case 'i':
        value = signed_of(how, arguments);
        whole(out, how, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, false);
        break;
    case 'u': whole(out, how, false, unsigned_of(how, arguments), 10, false); break;
    case 'x':
    case 'X': whole(out, how, false, unsigned_of(how, arguments), 16, letter == 'X'); break;
    case 'p': whole(out, how, false, (uintptr_t)va_arg(*arguments, void *), 16, false); break;
    case 'c':
        byte = (char)va_arg(*arguments, int);
        padded(out, how, rw_str(""), (rw_bytes){&byte, 1});
        break;
    case 's': padded(out, how, rw_str(""), string_of(how, va_arg(*arguments, const char *))); break;
    case 'f':
    case 'g':
    case 'e': number(out, how, va_arg(*arguments, double)); break;
    case '%': rw_builder_char(out, '%'); break;
    default:
        rw_builder_char(out, '%');
        if (letter) rw_builder_char(out, letter);
    }
}

char *rw_format_args(const char *format, va_list arguments) {
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
        convert(&out, *format, &how, &rest);
        if (*format) format++;
    }
    va_end(rest);
    rw_builder_char(&out, 0);
    return out.data;
}

char *rw_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = rw_format_args(format, arguments);
    va_end(arguments);
    return text;
}
