/* Texts, numbers, INFO and JSON. */
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"
#include "redwasp_test.h"
#include "traps.h"

RW_TEST(bytes_that_are_no_text_are_escaped) {
    RW_CHECK_TEXT(rw_text((rw_bytes){"a\xff\0\xc3z", 5}), ((rw_bytes){"a\\xff\0\\xc3z", 11}));
    RW_CHECK_TEXT(rw_text(rw_str("eight le\xe2\x82tters")), "eight le\\xe2\\x82tters");
    const char *wrong[] = {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                           "\xf5"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) RW_CHECK_HAS(rw_text(rw_str(wrong[i])), "\\x");
    rw_bytes valid = rw_str("schl\xc3\xbcssel \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf");
    RW_CHECK(rw_text(valid).data == valid.data);
}

RW_TEST(numbers_are_written_in_the_fewest_digits) {
    struct {
        double number;
        const char *text;
    } all[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-42, "-42"},
        {0.1, "0.1"},
        {1.5, "1.5"},
        {100, "100"},
        {0.30000000000000004, "0.30000000000000004"},
        {1e21, "1000000000000000000000"},
        {1e-7, "0.0000001"},
        {123456789.125, "123456789.125"},
        {1250000.25, "1250000.25"},
        {9007199254740992, "9007199254740992"},
        {1.0 / 3, "0.3333333333333333"},
        {2.2250738585072014e-308, NULL},
        {5e-324, NULL},
        {1.7976931348623157e308, NULL},
        {36893488147419103232.0, "36893488147419103000"},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const char *text = rw_number_text(all[i].number);
        if (all[i].text) RW_CHECK_TEXT(text, all[i].text);
        RW_CHECK_NUMBER(strtod(text, NULL), all[i].number);
    }
    RW_CHECK_TEXT(rw_number_text(strtod("nan", NULL)), "NaN");
}

RW_TEST(random_numbers_are_read_back) {
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 2000; i++) {
        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        double number, read;
        memcpy(&number, &bits, sizeof number);
        if (number != number) continue;
        RW_CHECK(rw_parse_number(rw_str(rw_number_text(number)), &read));
        RW_CHECK_NUMBER(read, number);
    }
}

RW_TEST(integers_at_the_bounds) {
    int64_t integer = 7;
    RW_CHECK(rw_parse_integer(rw_str("-9223372036854775808"), &integer) && integer == INT64_MIN);
    RW_CHECK(!rw_parse_integer(rw_str("9223372036854775808"), &integer) && integer == INT64_MIN);
    RW_CHECK_TEXT(rw_format("%lld", (long long)INT64_MIN), "-9223372036854775808");
}

RW_TEST(formats) {
    RW_CHECK_TEXT(rw_format("%s|%5s|%-5s|%.2s|%c|%%", "ab", "ab", "ab", "abc", 'x'), "ab|   ab|ab   |ab|x|%");
    RW_CHECK_TEXT(rw_format("%d %5d %-5d| %05d %u %x %X", -1, -2, -3, -4, 4000000000u, 255, 255),
                  "-1    -2 -3   | -0004 4000000000 ff FF");
    RW_CHECK_TEXT(rw_format("%zu %lu %llu %hhd", (size_t)1, 2ul, 18446744073709551615ull, 3),
                  "1 2 18446744073709551615 3");
    RW_CHECK_TEXT(rw_format("%g %f %.*s", 0.1, -2.5, RW_ARG(rw_str("key"))), "0.1 -2.5 key");
    const char *none = NULL;
    RW_CHECK_TEXT(rw_format("%s", none), "(null)");
}

RW_FORMAT(1, 2) static const char *as_c(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = rw_format_of_c(format, arguments);
    va_end(arguments);
    return text;
}

#define SAME(...)                                                                                                      \
    do {                                                                                                               \
        char theirs[4096];                                                                                             \
        snprintf(theirs, sizeof theirs, __VA_ARGS__);                                                                  \
        RW_CHECK_TEXT(as_c(__VA_ARGS__), theirs);                                                                      \
    } while (0)

RW_TEST(conversions_are_those_of_c) {
    SAME("%o|%#o|%#x|%#X|%+d|% d|%+i|%.3d|%8.3d|%08.3d|%.0d|%#.0o", 8u, 8u, 255u, 255u, 1, 2, -3, 4, 5, 6, 0, 0u);
    SAME("%-8.3x|%.70d|%#x|%lo|%hho|%5c|%-5s|%5.1s|%p", 10u, 7, 0u, 8ul, 255, 'x', "ab", "ab", (void *)(uintptr_t)16);
    SAME("%o %s", 8u, "behind");
    SAME("%Lf %Lg %La %s", 1.5L, 0.25L, 0.0L, "behind");
    SAME("%a %A %.0a %.2a %.20a %#.0a %s", 1.5, 0.1, 1.5, 0.1, -3.0, 1.0, "behind");
    SAME("%E %G %F %08.2f %+.1e % .3g %-9.1f| %#.0f %#g", 1e-9, 1e-9, 2.5, -1.005, 12345.0, 0.5, 9.95, 3.0, 4.0);
    SAME("%f %5f %05f %F %g %+e", __builtin_inf(), -__builtin_inf(), __builtin_inf(), __builtin_inf(),
         __builtin_nan(""), __builtin_inf());
    SAME("%.0f %.0f %.0f %.1f %.2f %.0e %.0g", 0.5, 1.5, 0.6, 0.05, 9.999, 9.5, 9.5);
}

RW_TEST(numbers_are_rounded_as_c_does) {
    static const double chosen[] = {0, -0.0, 1, 9.5, 99.95, 0.05, 1e15, 1e22, 123456,
                                    1234567, 0.0001, 0.00001, 5e-324, 1.7976931348623157e308, 2.5, 0.125};
    uint64_t bits = 88172645463325252u;
    for (size_t i = 0; i < 300; i++) {
        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        double number = (double)(int64_t)bits / 1e15;
        if (i % 3 == 0) memcpy(&number, &bits, sizeof number);
        if (i < sizeof chosen / sizeof chosen[0]) number = chosen[i];
        if (number != number) continue;
        int precision = (int)(i % 20);
        SAME("%f|%e|%g|%a", number, number, number, number);
        SAME("%.*f|%.*e|%.*g|%.*a", precision, number, precision, number, precision, number, precision, number);
        SAME("%#.*g|%012.*f|%+.*e|%-12.*g|", precision, number, precision, number, precision, number, precision,
             number);
    }
}

RW_TEST(a_precision_is_kept_and_none_is_the_fewest_digits) {
    RW_CHECK_TEXT(rw_format("%.2f %.1e %.3g %e %g %f %5g", 1.005, 12345.0, 2.0 / 3, 1.5, 2.0 / 3, 0.1, 0.5),
                  "1.00 1.2e+04 0.667 1.500000e+00 0.6666666666666666 0.1   0.5");
    RW_CHECK_TEXT(rw_format("%g %.1f %g", __builtin_nan(""), -__builtin_nan(""), -__builtin_inf()), "NaN NaN -inf");
}

static void writes_nothing(void) {
    /* Read at run time, so that the compiler does not refuse it. */
    const char *volatile format = "%n %s";
    int count;
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
    (void)as_c(format, &count, "behind");
#pragma clang diagnostic pop
}

static void ends_early(void) {
    const char *volatile format = "100%";
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
#pragma clang diagnostic ignored "-Wformat-security"
    (void)rw_format(format);
#pragma clang diagnostic pop
}

RW_TEST(unknown_conversions_end_the_call) {
    RW_CHECK_TRAP(writes_nothing);
    RW_CHECK_TRAP(ends_early);
}

RW_TEST(info_has_sections_names_and_values) {
    rw_info info = {
        rw_str("before:0\r\n# A\r\na:1\r\n\r\n# B\r\nb:# A:x\r\n# AB\r\nc:2\r\n#A\r\nd:#\r\n # A \r\ne:3.5\n\n# \nf:")};
    const char *expected = "|before|0 A|a|1 B|b|# A:x AB|c|2 AB|d|# A|e|3.5 A|f| ";
    rw_builder all = {0}, of_a = {0};
    rw_info_fields fields = rw_info_all(&info);
    rw_info_field field;
    while (rw_info_next(&fields, &field))
        rw_builder_format(&all, "%.*s|%.*s|%.*s ", RW_ARG(field.section), RW_ARG(field.name), RW_ARG(field.value));
    RW_CHECK_TEXT(rw_builder_bytes(&all), expected);
    fields = rw_info_section(&info, "A");
    while (rw_info_next(&fields, &field)) rw_builder_add(&of_a, field.name);
    RW_CHECK_TEXT(rw_builder_bytes(&of_a), "aef");
    double number;
    RW_CHECK(rw_info_number(&info, "e", &number) && number == 3.5 && !rw_info_number(&info, "d", &number));
}

RW_TEST(values_of_info_have_parts) {
    rw_bytes rest = rw_str("keys=1,expires,,a=b=c,"), name, value;
    rw_builder all = {0};
    while (rw_info_next_part(&rest, &name, &value))
        rw_builder_format(&all, "%.*s:%.*s;", RW_ARG(name), RW_ARG(value));
    RW_CHECK_TEXT(rw_builder_bytes(&all), "keys:1;expires:;:;a:b=c;:;");
    RW_CHECK(rw_info_has_whole_parts(rw_str("keys=1,expires=")) && rw_info_has_whole_parts(rw_str("=")));
    const char *const others[] = {"", "keys", "keys=1,expires", "keys=1,", "a=b=c"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) RW_CHECK(!rw_info_has_whole_parts(rw_str(others[i])));
}

RW_TEST(json_is_read_with_its_escapes) {
    rw_json json;
    RW_CHECK(!rw_json_read(rw_str(" {\"a\": [1, -2.5e3, true, null, \"\\u00e4\\ud83d\\ude00\\ud800\\n\"], \"a\": {}} "),
                           &json));
    RW_CHECK(json.count == 2 && rw_json_get(&json, "a")->kind == RW_JSON_OBJECT);
    RW_CHECK_TEXT(json.items[0].items[4].text, "\xc3\xa4\xf0\x9f\x98\x80\xef\xbf\xbd\n");
}

RW_TEST(what_is_no_json_is_told_with_its_place) {
    const char *wrong[] = {"",   "{", "[1,]", "{\"a\" 1}", "\"\\x\"",   "\"a", "01",
                           "1.", "-", "tru",  "1 2",       "\"\\u12\"", "{,}"};
    rw_json json;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (!rw_json_read(rw_str(wrong[i]), &json)) rw_test_fail(__FILE__, __LINE__, "%s is read", wrong[i]);
    RW_CHECK_TEXT(rw_json_read(rw_str("[1 2]"), &json)->text, "not JSON: expected , or ] at byte 3");
    rw_builder deep = {0};
    for (int i = 0; i < 100000; i++) rw_builder_char(&deep, '[');
    RW_CHECK_HAS(rw_json_read(rw_builder_bytes(&deep), &json)->text, "less nesting");
}

RW_TEST(no_bytes_at_all_are_taken_everywhere) {
    rw_bytes none = {0}, before, after;
    rw_reply reply;
    rw_json json;
    int64_t integer;
    double number;
    RW_CHECK(rw_equal(none, rw_str("")) && rw_is(none, "") && rw_compare(none, none) == 0);
    RW_CHECK(rw_starts_with(none, "") && !rw_starts_with(none, "a") && !rw_split(none, 'a', &before, &after));
    RW_CHECK(rw_trim(none).size == 0 && rw_text(none).size == 0 && rw_copy(none).size == 0 && rw_said(none).size == 0);
    RW_CHECK(!rw_parse_integer(none, &integer) && !rw_parse_number(none, &number));
    RW_CHECK_TEXT(rw_decode(none, &reply)->text, "the reply is not RESP3: the value ends early at byte 0");
    RW_CHECK(rw_json_read(none, &json) != NULL);
    RW_CHECK_TEXT(rw_format("<%.*s>", RW_ARG(none)), "<>");
    rw_info info = {none};
    rw_info_fields fields = rw_info_all(&info);
    rw_info_field field;
    RW_CHECK(!rw_info_next(&fields, &field));
    rw_builder text = {0};
    rw_builder_add(&text, none);
    RW_CHECK(rw_builder_bytes(&text).size == 0 && rw_list_copy(RW_NONE).count == 0);
}

RW_TEST(memory_is_zeroed_also_when_it_was_used_before) {
    for (int round = 0; round < 2; round++) {
        rw_arena arena = {0}, *before = rw_arena_enter(&arena);
        unsigned char *bytes = rw_alloc(1000);
        for (size_t i = 0; i < 1000; i++) RW_CHECK(bytes[i] == 0);
        memset(bytes, 0xff, 1000);
        rw_arena_enter(before);
        rw_arena_free(&arena);
    }
}
