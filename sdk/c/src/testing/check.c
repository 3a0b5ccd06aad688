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

/* A plan and its report, as samples are checked. */
typedef struct checked {
    const abi_plan *plan;
    const abi_report *report;
} checked;

static const abi_family *family_at(checked all, uint32_t index) {
    size_t planned = all.plan->families.count;
    return index < planned ? &all.plan->families.items[index] : &all.report->late.items[index - planned];
}

static const char *of_family(checked all, uint32_t index, const char *fault) {
    rw_builder quoted = {0};
    rw_json_write_string(&quoted, family_at(all, index)->name);
    return rw_format("family %.*s: %s", RW_ARG(rw_builder_bytes(&quoted)), fault);
}

static const char *wrong_labels(checked all, uint32_t index, rw_list values) {
    size_t count = all.plan->families.count + all.report->late.count;
    if (index >= count) return rw_format("a sample of family %u, of %zu", index, count);
    size_t names = family_at(all, index)->label_names.count;
    if (values.count == names) return NULL;
    return of_family(all, index, rw_format("%zu label values for %zu label names", values.count, names));
}

static bool is_bucketed(uint8_t kind) { return kind == RW_HISTOGRAM || kind == RW_GAUGE_HISTOGRAM; }

static const char *wrong_histogram(checked all, const abi_bucketed *histogram) {
    uint32_t family = histogram->family;
    const char *wrong = wrong_labels(all, family, histogram->label_values);
    if (wrong) return wrong;
    if (!is_bucketed(family_at(all, family)->kind))
        return of_family(all, family, "a histogram for a family of another kind");
    const rw_bucket *buckets = histogram->buckets.items;
    size_t count = histogram->buckets.count;
    bool ascend = count == 0 || buckets[count - 1].count <= histogram->count;
    for (size_t i = 1; i < count; i++)
        ascend &= buckets[i - 1].bound < buckets[i].bound && buckets[i - 1].count <= buckets[i].count;
    return ascend ? NULL : of_family(all, family, "buckets are not ascending and cumulative");
}

static const char *wrong_summary(checked all, const abi_quantiled *summary) {
    uint32_t family = summary->family;
    const char *wrong = wrong_labels(all, family, summary->label_values);
    if (wrong) return wrong;
    if (family_at(all, family)->kind != RW_SUMMARY)
        return of_family(all, family, "a summary for a family of another kind");
    for (size_t i = 1; i < summary->quantiles.count; i++)
        if (!(summary->quantiles.items[i - 1].quantile < summary->quantiles.items[i].quantile))
            return of_family(all, family, "quantiles are not ascending");
    return NULL;
}

/* The first sample that does not fit the family that it is of. */
static const char *wrong_sample(checked all) {
    const abi_report *report = all.report;
    const char *wrong = NULL;
    for (size_t i = 0; !wrong && i < report->samples.count; i++) {
        const abi_sample *sample = &report->samples.items[i];
        wrong = wrong_labels(all, sample->family, sample->label_values);
        if (wrong) return wrong;
        uint8_t kind = family_at(all, sample->family)->kind;
        if (is_bucketed(kind) || kind == RW_SUMMARY)
            wrong = of_family(all, sample->family, "a single value for a histogram or a summary");
    }
    for (size_t i = 0; !wrong && i < report->histograms.count; i++)
        wrong = wrong_histogram(all, &report->histograms.items[i]);
    for (size_t i = 0; !wrong && i < report->summaries.count; i++)
        wrong = wrong_summary(all, &report->summaries.items[i]);
    return wrong;
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
    if (series > most_series) return rw_format("%zu samples, more than %zu", series, most_series);
    return wrong_sample((checked){plan, report});
}
