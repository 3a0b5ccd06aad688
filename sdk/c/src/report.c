/* What a call gives: samples for the families of the plan. */
#include "abi.h"

static void misuse(rw_report *report, const char *file, int line, const char *text) {
    if (!report->misuse) report->misuse = rw_error_at(rw_error_new(RW_OTHER, rw_str(text)), file, line);
}

static bool is_single(rw_kind kind) { return kind != RW_HISTOGRAM && kind != RW_GAUGE_HISTOGRAM && kind != RW_SUMMARY; }

typedef enum shape { SINGLE, BUCKETED, QUANTILED } shape;

static shape shape_of(rw_kind kind) { return is_single(kind) ? SINGLE : kind == RW_SUMMARY ? QUANTILED : BUCKETED; }

/* Whether there is such a family, and the labels are as many as it has. */
static bool fits(rw_report *report, uint32_t handle, shape wanted, rw_list labels, const char *file, int line) {
    static const char *const names[] = {"a family of single values", "a histogram", "a summary"};
    uint32_t index = rw_place_of(handle);
    if (index >= report->known.count) {
        misuse(report, file, line, "a sample of a family that was not declared: was its handle prepared?");
        return false;
    }
    const rw_known *family = (const rw_known *)report->known.items + index;
    if (shape_of(family->kind) != wanted) {
        misuse(report, file, line,
               rw_format("family \"%.*s\" is %s, not %s", RW_ARG(family->name), names[shape_of(family->kind)],
                         names[wanted]));
        return false;
    }
    if (labels.count != family->labels) {
        misuse(report, file, line,
               rw_format("family \"%.*s\" has %zu labels, and was given %zu values", RW_ARG(family->name),
                         family->labels, labels.count));
        return false;
    }
    return true;
}

void rw_report_set_at(rw_report *report, rw_family family, rw_list labels, double value, const char *file, int line) {
    if (!fits(report, family.index, SINGLE, labels, file, line)) return;
    *(abi_sample *)rw_vector_push(&report->samples, sizeof(abi_sample)) =
        (abi_sample){rw_place_of(family.index), rw_said_all(labels), value};
}

void rw_report_histogram_of_at(rw_report *report, rw_histogram family, rw_list labels, const rw_bucket *buckets,
                               size_t bucket_count, double sum, uint64_t count, const char *file, int line) {
    if (!fits(report, family.index, BUCKETED, labels, file, line)) return;
    rw_bucket *copy = rw_alloc_array(bucket_count, sizeof *copy);
    if (bucket_count) memcpy(copy, buckets, bucket_count * sizeof *copy);
    report->bucketed += bucket_count + 3;
    *(abi_bucketed *)rw_vector_push(&report->histograms, sizeof(abi_bucketed)) =
        (abi_bucketed){rw_place_of(family.index), rw_said_all(labels), {copy, bucket_count}, sum, count};
}

void rw_report_summary_at(rw_report *report, rw_summary family, rw_list labels, const rw_quantile *quantiles,
                          size_t quantile_count, double sum, uint64_t count, const char *file, int line) {
    if (!fits(report, family.index, QUANTILED, labels, file, line)) return;
    rw_quantile *copy = rw_alloc_array(quantile_count, sizeof *copy);
    if (quantile_count) memcpy(copy, quantiles, quantile_count * sizeof *copy);
    report->bucketed += quantile_count + 2;
    *(abi_quantiled *)rw_vector_push(&report->summaries, sizeof(abi_quantiled)) =
        (abi_quantiled){rw_place_of(family.index), rw_said_all(labels), {copy, quantile_count}, sum, count};
}

static bool are_same(rw_list one, rw_list other) {
    if (one.count != other.count) return false;
    for (size_t i = 0; i < one.count; i++)
        if (!rw_equal(one.items[i], other.items[i])) return false;
    return true;
}

static uint32_t late(rw_report *report, rw_kind kind, const char *name, const char *help, rw_list labels) {
    abi_family family = rw_family_of(kind, name, help, labels);
    /* The latest of a name is the one that goes on. */
    for (size_t i = report->late.count; i-- > 0;) {
        const abi_family *known = (const abi_family *)report->late.items + i;
        if (!rw_equal(known->name, family.name)) continue;
        if (known->kind == family.kind && are_same(known->label_names, family.label_names))
            return (uint32_t)(report->planned + i + 1);
        break;
    }
    *(abi_family *)rw_vector_push(&report->late, sizeof family) = family;
    *(rw_known *)rw_vector_push(&report->known, sizeof(rw_known)) = rw_known_of(&family);
    return (uint32_t)report->known.count;
}

rw_family rw_report_late(rw_report *report, rw_kind kind, const char *name, const char *help, rw_list labels) {
    return (rw_family){late(report, kind, name, help, labels)};
}

rw_histogram rw_report_late_histogram(rw_report *report, rw_kind kind, const char *name, const char *help,
                                      rw_list labels) {
    return (rw_histogram){late(report, kind, name, help, labels)};
}

rw_summary rw_report_late_summary(rw_report *report, const char *name, const char *help, rw_list labels) {
    return (rw_summary){late(report, RW_SUMMARY, name, help, labels)};
}

void rw_report_warn(rw_report *report, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rw_bytes text = rw_said(rw_str(rw_format_args(format, arguments)));
    va_end(arguments);
    *(rw_bytes *)rw_vector_push(&report->warnings, sizeof text) = text;
}

void rw_report_partial(rw_report *report) { report->is_partial = true; }

void rw_report_save(rw_report *report, rw_bytes state) {
    static const char of_walk[] = "a walk keeps no state: rw_report_keep and rw_report_save are for `collect`";
    if (report->is_of_walk && !report->misuse) report->misuse = rw_error_new(RW_OTHER, rw_str(of_walk));
    report->has_state = true;
    report->state = rw_copy(state);
}

void rw_report_keep(rw_report *report, const rw_type *type, const void *value) {
    rw_builder state = {0};
    rw_carry(&state, type, value);
    rw_report_save(report, rw_builder_bytes(&state));
}

size_t rw_report_series(const rw_report *report) { return report->samples.count + report->bucketed; }

void rw_report_finish(rw_report *report, abi_report *out) {
    *out = (abi_report){
        .samples = {report->samples.items, report->samples.count},
        .histograms = {report->histograms.items, report->histograms.count},
        .summaries = {report->summaries.items, report->summaries.count},
        .late = {report->late.items, report->late.count},
        .warnings = {report->warnings.items, report->warnings.count},
        .partial = report->is_partial,
        .state = {report->has_state, report->state},
    };
}
