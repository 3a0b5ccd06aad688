/* The JSON Schema of a configuration, from its table of fields. */
#include "internal.h"

static void write_type(rw_builder *out, const rw_type *type, const rw_field *field);

static void write_bounds(rw_builder *out, const rw_field *field) {
    if (field->has_minimum) rw_builder_format(out, ",\"minimum\":%g", field->minimum);
    if (field->has_maximum) rw_builder_format(out, ",\"maximum\":%g", field->maximum);
}

static void write_one_of(rw_builder *out, const rw_field *field) {
    if (!field->one_of) return;
    rw_builder_str(out, ",\"enum\":[");
    for (const char *const *word = field->one_of; *word; word++) {
        if (word != field->one_of) rw_builder_char(out, ',');
        rw_json_write_string(out, rw_str(*word));
    }
    rw_builder_char(out, ']');
}

static void write_about(rw_builder *out, const rw_field *field) {
    if (field->about) {
        rw_builder_str(out, ",\"description\":");
        rw_json_write_string(out, rw_str(field->about));
    }
    if (field->initial) rw_builder_format(out, ",\"default\":%s", field->initial);
    rw_builder_char(out, '}');
}

static void write_field(rw_builder *out, const rw_field *field) {
    rw_json_write_string(out, rw_str(field->name));
    rw_builder_char(out, ':');
    if (field->is_array) {
        rw_builder_str(out, "{\"type\":\"array\",\"items\":");
        write_type(out, field->type, field);
        rw_builder_char(out, '}');
        if (field->least) rw_builder_format(out, ",\"minItems\":%zu", field->least);
        if (field->most) rw_builder_format(out, ",\"maxItems\":%zu", field->most);
    } else {
        write_type(out, field->type, field);
    }
    write_about(out, field);
}

static void write_required(rw_builder *out, const rw_type *type) {
    bool is_first = true;
    for (size_t i = 0; i < type->field_count; i++) {
        const rw_field *field = &type->fields[i];
        if (field->initial || field->is_optional) continue;
        rw_builder_str(out, is_first ? ",\"required\":[" : ",");
        rw_json_write_string(out, rw_str(field->name));
        is_first = false;
    }
    if (!is_first) rw_builder_char(out, ']');
}

/* Without the bracket at its end: more may follow. */
static void write_type(rw_builder *out, const rw_type *type, const rw_field *field) {
    static const char *const names[] = {"string", "integer", "number", "boolean", "object"};
    rw_builder_format(out, "{\"type\":\"%s\"", names[type->kind]);
    if (type->kind == RW_VALUE_STRUCT) {
        rw_builder_str(out, ",\"properties\":{");
        for (size_t i = 0; i < type->field_count; i++) {
            if (i) rw_builder_char(out, ',');
            write_field(out, &type->fields[i]);
        }
        rw_builder_char(out, '}');
        write_required(out, type);
        rw_builder_str(out, ",\"additionalProperties\":false");
    }
    if (field && (type->kind == RW_VALUE_INTEGER || type->kind == RW_VALUE_NUMBER)) write_bounds(out, field);
    if (field && type->kind == RW_VALUE_STRING) write_one_of(out, field);
}

rw_bytes rw_config_schema(const rw_type *type) {
    if (!rw_type_is_given(type)) return rw_str("");
    rw_builder out = {0};
    write_type(&out, type, NULL);
    rw_builder_char(&out, '}');
    return rw_builder_bytes(&out);
}
