/* What tests ask. */
#include "testing.h"

void rw_check_text(const char *file, int line, rw_bytes actual, rw_bytes expected) {
    if (rw_equal(actual, expected)) return;
    rw_test_fail(file, line, "\n  expected: %.*s\n  found:    %.*s", RW_ARG(rw_text(expected)),
                 RW_ARG(rw_text(actual)));
}

void rw_check_has(const char *file, int line, rw_bytes actual, rw_bytes part) {
    for (size_t i = 0; i + part.size <= actual.size; i++)
        if (rw_equal((rw_bytes){actual.data + i, part.size}, part)) return;
    rw_test_fail(file, line, "\n  expected in it: %.*s\n  found:          %.*s", RW_ARG(rw_text(part)),
                 RW_ARG(rw_text(actual)));
}

void rw_check_number(const char *file, int line, double actual, double expected) {
    if (actual == expected || (actual != actual && expected != expected)) return;
    rw_test_fail(file, line, "expected %g, found %g", expected, actual);
}

void rw_check_ok(const char *file, int line, const rw_result *result) {
    if (rw_result_outcome(result) != RW_PAGE) rw_test_fail(file, line, "there is no page: %s", rw_result_why(result));
}

void rw_check_value(const char *file, int line, const rw_result *result, const char *name, rw_list labels,
                    double expected) {
    double value;
    rw_check_ok(file, line, result);
    if (!rw_result_value(result, name, labels, &value))
        rw_test_fail(file, line, "there is no such sample of %s on this page:\n%s", name,
                     rw_result_text(result, "redis"));
    rw_check_number(file, line, value, expected);
}

void rw_check_no_value(const char *file, int line, const rw_result *result, const char *name, rw_list labels) {
    double value;
    rw_check_ok(file, line, result);
    if (rw_result_value(result, name, labels, &value)) rw_test_fail(file, line, "%s is %g", name, value);
}

void rw_check_problem(const char *file, int line, const rw_result *result, const char *pointer, const char *message) {
    const rw_problem *problems;
    size_t count = rw_result_problems(result, &problems);
    rw_builder all = {0};
    for (size_t i = 0; i < count; i++) {
        if (rw_is(problems[i].pointer, pointer) && rw_is(problems[i].message, message)) return;
        rw_builder_format(&all, "\n  %.*s: %.*s", RW_ARG(problems[i].pointer), RW_ARG(problems[i].message));
    }
    rw_test_fail(file, line, "no problem \"%s: %s\" among %zu:%.*s", pointer, message, count, (int)all.size, all.data);
}
