/* Errors with their places. */
#include "internal.h"

rw_error *rw_error_new(rw_error_kind kind, rw_bytes text) {
    rw_error *error = rw_alloc(sizeof *error);
    *error = (rw_error){.kind = kind, .text = text};
    return error;
}

rw_error *rw_error_server(rw_bytes code, rw_bytes message) {
    rw_error *error = rw_error_new(RW_SERVER, message);
    error->code = code;
    return error;
}

rw_error *rw_error_line(rw_bytes line) {
    rw_bytes text = rw_text(line), code = text, message = rw_str("");
    rw_split(text, ' ', &code, &message);
    return rw_error_server(code, message);
}

rw_error *rw_fail_at(const char *file, int line, rw_error_kind kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rw_error *error = rw_error_new(kind, rw_str(rw_format_args(format, arguments)));
    va_end(arguments);
    return rw_error_at(error, file, line);
}

rw_error *rw_error_at(rw_error *error, const char *file, int line) {
    if (error->place_count < RW_MOST_PLACES) error->places[error->place_count++] = (rw_place){file, line};
    return error;
}

rw_error *rw_error_problem(rw_error *before, rw_bytes pointer, rw_bytes message) {
    rw_error *error = before ? before : rw_error_new(RW_INVALID, rw_str("the configuration is wrong"));
    rw_problem *problems = rw_alloc_array(error->problem_count + 1, sizeof *problems);
    if (error->problem_count) memcpy(problems, error->problems, error->problem_count * sizeof *problems);
    problems[error->problem_count++] = (rw_problem){rw_said(pointer), rw_said(message)};
    error->problems = problems;
    return error;
}

rw_error *rw_invalid(rw_error *before, const char *pointer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rw_bytes message = rw_str(rw_format_args(format, arguments));
    va_end(arguments);
    return rw_error_problem(before, rw_str(pointer), message);
}

bool rw_is_call_error(const rw_error *error) { return error->kind >= RW_DENIED; }

static rw_bytes with_problems(const rw_error *error) {
    rw_builder text = {0};
    rw_builder_add(&text, error->text);
    for (size_t i = 0; i < error->problem_count; i++) {
        const rw_problem *problem = &error->problems[i];
        rw_builder_format(&text, "%s %.*s%s%.*s", i ? ";" : ":", RW_ARG(problem->pointer),
                          problem->pointer.size ? ": " : "", RW_ARG(problem->message));
    }
    return rw_builder_bytes(&text);
}

rw_bytes rw_why(const rw_error *error) {
    if (error->kind == RW_TIMEOUT) return rw_str("no reply in time");
    if (error->kind == RW_INVALID) return with_problems(error);
    if (error->kind != RW_SERVER) return error->text;
    if (!error->text.size) return error->code;
    rw_builder text = {0};
    rw_builder_add(&text, error->code);
    rw_builder_char(&text, ' ');
    rw_builder_add(&text, error->text);
    return rw_builder_bytes(&text);
}

rw_bytes rw_error_told(const rw_error *error) {
    rw_builder text = {0};
    rw_builder_add(&text, rw_why(error));
    for (size_t i = 0; i < error->place_count; i++)
        rw_builder_format(&text, "\n  at %s:%d", error->places[i].file, error->places[i].line);
    return rw_said(rw_builder_bytes(&text));
}
