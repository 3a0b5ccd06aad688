/* What the daemon asks of every report, so that a test sees it first. */
#include "testing.h"

/* Families of a plan and a report together; sweeps of a plan. */
#define MOST_FAMILIES 500
#define MOST_SWEEPS 256

static bool is_letter(char byte) { return ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_'; }

static bool ends_with(rw_bytes name, const char *end) {
    size_t size = strlen(end);
    return name.size >= size && memcmp(name.data + name.size - size, end, size) == 0;
}

static bool is_name(rw_bytes name) {
    if (name.size == 0 || !is_letter(name.data[0])) return false;
    for (size_t i = 0; i < name.size; i++)
        if (!is_letter(name.data[i]) && !(name.data[i] >= '0' && name.data[i] <= '9')) return false;
    return !ends_with(name, "_bucket") && !ends_with(name, "_sum");
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
        rw_bytes series = rw_str(rw_format("%.*s%s", RW_ARG(family->name), suffixes[i]));
        for (size_t other = 0; other < taken->count; other++)
            if (rw_equal(((const rw_bytes *)taken->items)[other], series)) return series.data;
        *(rw_bytes *)rw_vector_push(taken, sizeof series) = series;
    }
    return NULL;
}

static const char *wrong_family(rw_vector *taken, const abi_family *family) {
    rw_builder quoted = {0};
    rw_json_write_string(&quoted, family->name);
    rw_builder_char(&quoted, 0);
    if (!is_name(family->name)) return rw_format("%s cannot be the name of a family", quoted.data);
    const char *twice = taken_twice(taken, family);
    return twice ? rw_format("family %s: \"%s\" is declared twice", quoted.data, twice) : NULL;
}

static bool is_reserved(const abi_plan *plan, rw_bytes name) {
    for (size_t i = 0; i < plan->late_prefixes.count; i++)
        if (rw_starts_with(name, rw_copy(plan->late_prefixes.items[i]).data)) return true;
    return false;
}

static size_t series_of(const abi_report *report) {
    size_t series = report->samples.count;
    for (size_t i = 0; i < report->histograms.count; i++) series += report->histograms.items[i].buckets.count + 3;
    for (size_t i = 0; i < report->summaries.count; i++) series += report->summaries.items[i].quantiles.count + 2;
    return series;
}

const char *rw_check_report(const abi_plan *plan, const abi_report *report, size_t most_series) {
    if (plan->sweeps.count > MOST_SWEEPS) return rw_format("%zu sweeps, more than %d", plan->sweeps.count, MOST_SWEEPS);
    size_t families = plan->families.count + report->late.count;
    if (families > MOST_FAMILIES) return rw_format("%zu families, more than %d", families, MOST_FAMILIES);
    rw_vector taken = {0};
    for (size_t i = 0; i < families; i++) {
        size_t late = i - plan->families.count;
        const char *wrong =
            wrong_family(&taken, i < plan->families.count ? &plan->families.items[i] : &report->late.items[late]);
        if (wrong) return wrong;
    }
    for (size_t i = 0; i < report->late.count; i++)
        if (!is_reserved(plan, report->late.items[i].name))
            return rw_format("late family \"%.*s\" begins with no reserved prefix", RW_ARG(report->late.items[i].name));
    size_t series = series_of(report);
    return series > most_series ? rw_format("%zu samples, more than %zu", series, most_series) : NULL;
}
