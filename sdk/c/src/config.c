/* Configurations: JSON into a struct, by its table of fields. Every problem at once, each with its place. */
#include "internal.h"

const rw_type rw_string_type = {.kind = RW_VALUE_STRING, .size = sizeof(rw_bytes)};
const rw_type rw_integer_type = {.kind = RW_VALUE_INTEGER, .size = sizeof(int64_t)};
const rw_type rw_number_type = {.kind = RW_VALUE_NUMBER, .size = sizeof(double)};
const rw_type rw_boolean_type = {.kind = RW_VALUE_BOOLEAN, .size = sizeof(bool)};

/* The way to a value from the whole. */
typedef struct path {
    const struct path *up;
    rw_bytes step;
} path;

static void write_path(rw_builder *out, const path *place) {
    if (!place || !place->up) return;
    write_path(out, place->up);
    rw_builder_char(out, '/');
    for (size_t i = 0; i < place->step.size; i++) {
        char byte = place->step.data[i];
        if (byte == '~') rw_builder_str(out, "~0");
        else if (byte == '/') rw_builder_str(out, "~1");
        else rw_builder_char(out, byte);
    }
}

RW_FORMAT(3, 4) static void problem(rw_error **problems, const path *place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rw_bytes message = rw_str(rw_format_args(format, arguments));
    va_end(arguments);
    rw_builder pointer = {0};
    write_path(&pointer, place);
    *problems = rw_error_problem(*problems, rw_builder_bytes(&pointer), message);
}

static const char *found(const rw_json *json) {
    static const char *const names[] = {"null", "a boolean", "a number", "a string", "an array", "an object"};
    return names[json->kind];
}

static void check_bounds(rw_error **problems, const path *place, const rw_field *field, double value) {
    if (field && field->has_minimum && value < field->minimum)
        problem(problems, place, "%g is less than %g", value, field->minimum);
    if (field && field->has_maximum && value > field->maximum)
        problem(problems, place, "%g is more than %g", value, field->maximum);
}

/* An integer may be written as 1.0 or 1e3 as well. */
static bool as_integer(rw_bytes text, int64_t *out) {
    double number;
    if (rw_parse_integer(text, out)) return true;
    if (!rw_parse_number(text, &number) || number < -9e15 || number > 9e15) return false;
    *out = (int64_t)number;
    return (double)*out == number;
}

static void check_one_of(rw_error **problems, const path *place, const rw_field *field, rw_bytes text) {
    if (!field || !field->one_of) return;
    rw_builder all = {0};
    for (const char *const *word = field->one_of; *word; word++) {
        if (rw_is(text, *word)) return;
        rw_builder_format(&all, "%s\"%s\"", all.size ? ", " : "", *word);
    }
    problem(problems, place, "\"%.*s\" is none of %.*s", RW_ARG(text), (int)all.size, all.data);
}

static void read_struct(rw_error **problems, const path *place, const rw_type *type, const rw_json *json, char *out);

static void read_value(rw_error **problems, const path *place, const rw_type *type, const rw_field *field,
                       const rw_json *json, char *out) {
    double number;
    int64_t integer;
    switch (type->kind) {
    case RW_VALUE_STRING:
        if (json->kind != RW_JSON_STRING) break;
        memcpy(out, &json->text, sizeof json->text);
        check_one_of(problems, place, field, json->text);
        return;
    case RW_VALUE_BOOLEAN:
        if (json->kind != RW_JSON_BOOLEAN) break;
        memcpy(out, &json->boolean, sizeof json->boolean);
        return;
    case RW_VALUE_INTEGER:
        if (json->kind != RW_JSON_NUMBER || !as_integer(json->text, &integer)) break;
        memcpy(out, &integer, sizeof integer);
        check_bounds(problems, place, field, (double)integer);
        return;
    case RW_VALUE_NUMBER:
        if (json->kind != RW_JSON_NUMBER || !rw_parse_number(json->text, &number)) break;
        memcpy(out, &number, sizeof number);
        check_bounds(problems, place, field, number);
        return;
    case RW_VALUE_STRUCT:
        if (json->kind != RW_JSON_OBJECT) break;
        read_struct(problems, place, type, json, out);
        return;
    }
    static const char *const names[] = {"a string", "an integer", "a number", "a boolean", "an object"};
    problem(problems, place, "expected %s, found %s", names[type->kind], found(json));
}

static void read_array(rw_error **problems, const path *place, const rw_field *field, const rw_json *json, char *out) {
    if (json->kind != RW_JSON_ARRAY) {
        problem(problems, place, "expected an array, found %s", found(json));
        return;
    }
    if (json->count < field->least) problem(problems, place, "%zu are fewer than %zu", json->count, field->least);
    if (field->most && json->count > field->most)
        problem(problems, place, "%zu are more than %zu", json->count, field->most);
    char *items = rw_alloc_array(json->count, field->type->size);
    for (size_t i = 0; i < json->count; i++) {
        path step = {place, rw_str(rw_format("%zu", i))};
        read_value(problems, &step, field->type, field, &json->items[i], items + i * field->type->size);
    }
    memcpy(out + field->offset, &items, sizeof items);
    memcpy(out + field->count_offset, &json->count, sizeof json->count);
}

static void read_field(rw_error **problems, const path *place, const rw_field *field, const rw_json *json, char *out) {
    path step = {place, rw_str(field->name)};
    rw_json initial;
    if (!json && field->initial) {
        rw_error *error = rw_json_read(rw_str(field->initial), &initial);
        if (error) problem(problems, &step, "the initial value is %.*s", RW_ARG(error->text));
        else json = &initial;
    }
    if (!json) {
        if (!field->initial && !field->is_optional) problem(problems, place, "\"%s\" is missing", field->name);
        return;
    }
    if (field->is_array) read_array(problems, &step, field, json, out);
    else read_value(problems, &step, field->type, field, json, out + field->offset);
}

static const rw_field *field_of(const rw_type *type, rw_bytes name) {
    for (size_t i = 0; i < type->field_count; i++)
        if (rw_is(name, type->fields[i].name)) return &type->fields[i];
    return NULL;
}

static void read_struct(rw_error **problems, const path *place, const rw_type *type, const rw_json *json, char *out) {
    for (size_t i = 0; i < json->count; i++) {
        path step = {place, json->keys[i]};
        if (!field_of(type, json->keys[i])) problem(problems, &step, "there is no such key");
    }
    for (size_t i = 0; i < type->field_count; i++)
        read_field(problems, place, &type->fields[i], rw_json_get(json, type->fields[i].name), out);
}

bool rw_type_is_given(const rw_type *type) { return type->size != 0; }

rw_error *rw_config_read(const rw_type *type, rw_bytes text, void *value) {
    static const rw_type nothing = {.kind = RW_VALUE_STRUCT};
    rw_json json;
    rw_error *error = rw_json_read(text.size ? text : rw_str("{}"), &json);
    if (error) return rw_error_problem(NULL, rw_str(""), error->text);
    rw_error *problems = NULL;
    path whole = {0};
    read_value(&problems, &whole, rw_type_is_given(type) ? type : &nothing, NULL, &json, value);
    return problems;
}
