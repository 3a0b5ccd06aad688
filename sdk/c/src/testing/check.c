/* What the daemon asks of every report, so that a test sees it first. */
#include <stdlib.h>

#include "testing.h"

/* Bytes of a state, unless the operator says otherwise. */
#define MOST_STATE (64 << 10)

static bool is_reserved(const abi_plan *plan, rw_bytes name) {
    for (size_t i = 0; i < plan->late_prefixes.count; i++)
        if (rw_starts_with(name, rw_copy(plan->late_prefixes.items[i]).data)) return true;
    return false;
}

size_t rw_buckets_below(const abi_bucketed *histogram) {
    size_t count = histogram->buckets.count;
    if (count == 0) return 0;
    rw_bucket last = histogram->buckets.items[count - 1];
    return last.bound == __builtin_inf() && last.count == histogram->count ? count - 1 : count;
}

static size_t series_of(const abi_report *report) {
    size_t series = report->samples.count;
    for (size_t i = 0; i < report->histograms.count; i++) series += rw_buckets_below(&report->histograms.items[i]) + 3;
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
    return rw_of_family(family_at(all, index), fault);
}

static const char *wrong_labels(checked all, uint32_t index, rw_list values) {
    size_t count = all.plan->families.count + all.report->late.count;
    if (index >= count) return rw_format("a sample of family %u, of %zu", index, count);
    size_t names = family_at(all, index)->label_names.count;
    if (values.count == names) return NULL;
    return of_family(all, index, rw_format("%zu label values for %zu label names", values.count, names));
}

static bool is_bucketed(uint8_t kind) { return kind == RW_HISTOGRAM || kind == RW_GAUGE_HISTOGRAM; }

static const char of_single_values[] = "a histogram or a summary for a family of single values";

/* A bound that is NaN is below nothing. */
static bool is_cumulative(const abi_bucketed *histogram) {
    const rw_bucket *buckets = histogram->buckets.items;
    size_t count = rw_buckets_below(histogram);
    for (size_t i = 1; i < count; i++)
        if (!(buckets[i - 1].bound < buckets[i].bound) || buckets[i - 1].count > buckets[i].count) return false;
    return count == 0 || (buckets[count - 1].bound < __builtin_inf() && buckets[count - 1].count <= histogram->count);
}

static const char *wrong_histogram(checked all, const abi_bucketed *histogram) {
    uint32_t family = histogram->family;
    const char *wrong = wrong_labels(all, family, histogram->label_values);
    if (wrong) return wrong;
    if (!is_bucketed(family_at(all, family)->kind)) return of_family(all, family, of_single_values);
    return is_cumulative(histogram) ? NULL : of_family(all, family, "buckets are not ascending and cumulative");
}

static const char *wrong_summary(checked all, const abi_quantiled *summary) {
    uint32_t family = summary->family;
    const char *wrong = wrong_labels(all, family, summary->label_values);
    if (wrong) return wrong;
    if (family_at(all, family)->kind != RW_SUMMARY) return of_family(all, family, of_single_values);
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

/* A series of a report, by its place among all of them. */
typedef struct placed {
    uint32_t family;
    rw_list values;
    size_t place;
} placed;

static int by_labels(const placed *one, const placed *other) {
    if (one->family != other->family) return one->family < other->family ? -1 : 1;
    int order = 0;
    for (size_t i = 0; order == 0 && i < one->values.count; i++)
        order = rw_compare(one->values.items[i], other->values.items[i]);
    return order;
}

static int by_labels_and_place(const void *first, const void *second) {
    const placed *one = first, *other = second;
    int order = by_labels(one, other);
    return order ? order : (one->place > other->place) - (one->place < other->place);
}

static const char *given_twice(checked all, const placed *series) {
    const char *labels = rw_labels_text(family_at(all, series->family)->label_names, series->values, NULL);
    const char *which = *labels ? rw_format("the series %s", labels) : "the series";
    return of_family(all, series->family, rw_format("%s is given twice; the daemon keeps the first", which));
}

/* The first series that is there a second time. Samples have as many values as their families have labels. */
static const char *repeated(checked all) {
    const abi_report *report = all.report;
    size_t samples = report->samples.count, bucketed = samples + report->histograms.count;
    size_t count = bucketed + report->summaries.count;
    placed *series = rw_alloc_array(count, sizeof *series);
    for (size_t i = 0; i < samples; i++)
        series[i] = (placed){report->samples.items[i].family, report->samples.items[i].label_values, i};
    for (size_t i = samples; i < bucketed; i++) {
        const abi_bucketed *histogram = &report->histograms.items[i - samples];
        series[i] = (placed){histogram->family, histogram->label_values, i};
    }
    for (size_t i = bucketed; i < count; i++) {
        const abi_quantiled *summary = &report->summaries.items[i - bucketed];
        series[i] = (placed){summary->family, summary->label_values, i};
    }
    qsort(series, count, sizeof *series, by_labels_and_place);
    const placed *first = NULL;
    for (size_t i = 1; i < count; i++)
        if (by_labels(&series[i - 1], &series[i]) == 0 && (!first || series[i].place < first->place))
            first = &series[i];
    return first ? given_twice(all, first) : NULL;
}

const char *rw_check_report(const abi_plan *plan, const abi_report *report, size_t most_series) {
    for (size_t i = 0; i < report->late.count; i++)
        if (!is_reserved(plan, report->late.items[i].name))
            return rw_format("late family \"%.*s\" begins with no reserved prefix", RW_ARG(report->late.items[i].name));
    if (report->state.is_there && report->state.value.size > MOST_STATE)
        return rw_format("a state of %zu bytes, more than the %d allowed (limits.state)", report->state.value.size,
                         MOST_STATE);
    const char *wrong = rw_check_families(plan->families, report->late);
    if (wrong) return wrong;
    size_t series = series_of(report);
    if (series > most_series)
        return rw_format("%zu samples, more than the %zu allowed (limits.samples)", series, most_series);
    checked all = {plan, report};
    wrong = wrong_sample(all);
    return wrong ? wrong : repeated(all);
}
