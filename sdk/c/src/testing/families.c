/* What the daemon asks of names, under the namespace that it has by itself. */
#include "testing.h"

#define NAMESPACE "redis_"

/* Families of a plan and a report together; bytes of a name. */
#define MOST_FAMILIES 500
#define LONGEST_NAME 256

const char *rw_quoted(rw_bytes text) {
    rw_builder quoted = {0};
    rw_json_write_string(&quoted, text);
    rw_builder_char(&quoted, 0);
    return quoted.data;
}

static rw_bytes qualified(const abi_family *family) {
    return rw_str(rw_format(NAMESPACE "%.*s", RW_ARG(family->name)));
}

const char *rw_of_family(const abi_family *family, const char *fault) {
    return rw_format("family %s: %s", rw_quoted(qualified(family)), fault);
}

static bool is_letter(char byte) { return ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_'; }

static bool is_name(rw_bytes name) {
    if (name.size == 0 || !is_letter(name.data[0])) return false;
    for (size_t i = 0; i < name.size; i++)
        if (!is_letter(name.data[i]) && !(name.data[i] >= '0' && name.data[i] <= '9')) return false;
    return true;
}

static bool ends_with(rw_bytes name, const char *end) {
    size_t size = strlen(end);
    return name.size >= size && memcmp(name.data + name.size - size, end, size) == 0;
}

static size_t suffixes_of(uint8_t kind, const char *const **suffixes) {
    static const char *const bucketed[] = {"", "_bucket", "_sum", "_count"}, *const quantiled[] = {"", "_sum",
                                                                                                   "_count"};
    *suffixes = kind == RW_SUMMARY ? quantiled : bucketed;
    return kind == RW_SUMMARY ? 3 : kind == RW_HISTOGRAM || kind == RW_GAUGE_HISTOGRAM ? 4 : 1;
}

/* The name of a series that another family has as well. */
static const char *taken_twice(rw_vector *taken, const abi_family *family) {
    const char *const *suffixes;
    size_t count = suffixes_of(family->kind, &suffixes);
    for (size_t i = 0; i < count; i++) {
        rw_bytes series = rw_str(rw_format("%.*s%s", RW_ARG(qualified(family)), suffixes[i]));
        for (size_t other = 0; other < taken->count; other++)
            if (rw_equal(((const rw_bytes *)taken->items)[other], series)) return series.data;
        *(rw_bytes *)rw_vector_push(taken, sizeof series) = series;
    }
    return NULL;
}

static const char *too_long(rw_bytes name) {
    if (name.size <= LONGEST_NAME) return NULL;
    /* The daemon keeps no more of a name than shows that it is too long. */
    size_t kept = name.size < LONGEST_NAME + 4 ? name.size : LONGEST_NAME + 4;
    return rw_format("a name of %zu bytes, more than the %d allowed", kept, LONGEST_NAME);
}

/* The label that the lines of a histogram or a summary have besides. */
static const char *label_of(uint8_t kind) {
    if (kind == RW_HISTOGRAM || kind == RW_GAUGE_HISTOGRAM) return "le";
    return kind == RW_SUMMARY ? "quantile" : NULL;
}

static const char *wrong_label(const abi_family *family, size_t place) {
    rw_bytes name = family->label_names.items[place];
    const char *reserved = label_of(family->kind);
    if (!is_name(name) || rw_starts_with(name, "__")) return rw_format("%s is not a label name", rw_quoted(name));
    if (reserved && rw_is(name, reserved)) return rw_format("the label %s belongs to the type", reserved);
    for (size_t i = 0; i < place; i++)
        if (rw_equal(family->label_names.items[i], name)) return rw_format("label %s twice", rw_quoted(name));
    return NULL;
}

static const char *wrong_family(const abi_family *family) {
    size_t labels = family->label_names.count;
    rw_bytes name = qualified(family);
    const char *wrong = too_long(name);
    for (size_t i = 0; !wrong && i < labels; i++) wrong = too_long(family->label_names.items[i]);
    if (wrong) return wrong;
    if (!is_name(name)) return "not a metric name: letters, digits and _ are, and no digit first";
    static const char *const suffixes[] = {"_bucket", "_sum"};
    for (size_t i = 0; i < 2; i++)
        if (ends_with(name, suffixes[i]))
            return rw_format("only a histogram or a summary may own the suffix %s", suffixes[i]);
    for (size_t i = 0; !wrong && i < labels; i++) wrong = wrong_label(family, i);
    return wrong;
}

const char *rw_check_families(abi_families planned, abi_families late) {
    size_t count = planned.count + late.count;
    if (count > MOST_FAMILIES)
        return rw_format("%zu families, more than the %d allowed (limits.families)", count, MOST_FAMILIES);
    rw_vector taken = {0};
    const abi_family *own = NULL;
    for (size_t i = 0; i < count; i++) {
        const abi_family *family = i < planned.count ? &planned.items[i] : &late.items[i - planned.count];
        const char *twice = taken_twice(&taken, family);
        if (twice) return rw_of_family(family, rw_format("\"%s\" is declared twice", twice));
        const char *wrong = wrong_family(family);
        if (wrong) return rw_of_family(family, wrong);
        if (!own && rw_is_the_exporters(family->name)) own = family;
    }
    return own ? rw_of_family(own, "the name is the exporter's own") : NULL;
}
