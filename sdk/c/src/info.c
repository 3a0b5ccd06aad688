/* INFO text: sections of `name:value` lines. */
#include "internal.h"

rw_error *rw_info_read(const rw_reply *reply, rw_info *info) { return rw_reply_text(reply, &info->text); }

rw_info_fields rw_info_all(const rw_info *info) { return (rw_info_fields){.rest = info->text}; }

rw_info_fields rw_info_section(const rw_info *info, const char *title) {
    return (rw_info_fields){.rest = info->text, .only = rw_str(title), .has_only = true};
}

static rw_bytes next_line(rw_bytes *rest) {
    rw_bytes line = *rest;
    if (!rw_split(*rest, '\n', &line, rest)) *rest = (rw_bytes){"", 0};
    return rw_trim(line);
}

bool rw_info_next(rw_info_fields *fields, rw_info_field *field) {
    while (fields->rest.size) {
        rw_bytes line = next_line(&fields->rest);
        if (rw_starts_with(line, "# ")) {
            fields->section = (rw_bytes){line.data + 2, line.size - 2};
            continue;
        }
        if (fields->has_only && !rw_equal(fields->section, fields->only)) continue;
        rw_info_field read = {.section = fields->section};
        if (!rw_split(line, ':', &read.name, &read.value)) continue;
        *field = read;
        return true;
    }
    return false;
}

bool rw_info_get(const rw_info *info, const char *name, rw_bytes *value) {
    rw_info_fields fields = rw_info_all(info);
    rw_info_field field;
    while (rw_info_next(&fields, &field)) {
        if (!rw_is(field.name, name)) continue;
        *value = field.value;
        return true;
    }
    return false;
}

/* An empty part may be the last one: only what has no address is the end. */
static bool take_part(rw_bytes *rest, rw_bytes *part) {
    if (!rest->data) return false;
    *part = *rest;
    if (!rw_split(*rest, ',', part, rest)) *rest = (rw_bytes){0};
    return true;
}

bool rw_info_next_part(rw_bytes *rest, rw_bytes *name, rw_bytes *value) {
    if (!take_part(rest, name)) return false;
    *value = (rw_bytes){"", 0};
    (void)rw_split(*name, '=', name, value);
    return true;
}

bool rw_info_has_whole_parts(rw_bytes value) {
    rw_bytes part, name, rest;
    while (take_part(&value, &part))
        if (!rw_split(part, '=', &name, &rest) || rw_split(rest, '=', &name, &rest)) return false;
    return true;
}

bool rw_info_number(const rw_info *info, const char *name, double *value) {
    rw_bytes text;
    return rw_info_get(info, name, &text) && rw_parse_number(text, value);
}
