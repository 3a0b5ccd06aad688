/* What a call gave, as text and by its parts. */
#include <stdlib.h>

#include "testing.h"

rw_outcome rw_result_outcome(const rw_result *result) { return result->outcome; }

const char *rw_result_why(const rw_result *result) { return result->why; }

bool rw_result_is_not_applicable(const rw_result *result) { return result->is_not_applicable; }

size_t rw_result_problems(const rw_result *result, const rw_problem **problems) {
    *problems = result->problems.items;
    return result->problems.count;
}

rw_list rw_result_warnings(const rw_result *result) { return result->report.warnings; }

bool rw_result_is_partial(const rw_result *result) { return result->report.partial; }

bool rw_result_state(const rw_result *result, rw_bytes *state) {
    *state = result->report.state.value;
    return result->report.state.is_there;
}

rw_list rw_result_logs(const rw_result *result) { return result->logs; }

static size_t families_of(const rw_result *result) { return result->plan.families.count + result->report.late.count; }

static const abi_family *family_at(const rw_result *result, size_t index) {
    size_t planned = result->plan.families.count;
    return index < planned ? &result->plan.families.items[index] : &result->report.late.items[index - planned];
}

static bool are_same(rw_list one, rw_list other) {
    if (one.count != other.count) return false;
    for (size_t i = 0; i < one.count; i++)
        if (!rw_equal(one.items[i], other.items[i])) return false;
    return true;
}

bool rw_result_value(const rw_result *result, const char *name, rw_list label_values, double *value) {
    for (size_t i = 0; i < result->report.samples.count; i++) {
        const abi_sample *sample = &result->report.samples.items[i];
        if (!rw_is(family_at(result, sample->family)->name, name)) continue;
        if (!are_same(sample->label_values, label_values)) continue;
        *value = sample->value;
        return true;
    }
    return false;
}

static const char *number(double value) {
    if (value == __builtin_inf()) return "+Inf";
    return value == -__builtin_inf() ? "-Inf" : rw_number_text(value);
}

static const char *label_text(rw_bytes name, rw_bytes value) {
    rw_builder out = {0};
    rw_builder_format(&out, "%.*s=\"", RW_ARG(name));
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == '\n') rw_builder_str(&out, "\\n");
        else if (value.data[i] == '\\' || value.data[i] == '"') rw_builder_format(&out, "\\%c", value.data[i]);
        else rw_builder_char(&out, value.data[i]);
    }
    rw_builder_str(&out, "\"");
    rw_builder_char(&out, 0);
    return out.data;
}

/* A label of a line. */
typedef struct label {
    rw_bytes name, value;
} label;

static int by_name(const void *one, const void *other) {
    return rw_compare(((const label *)one)->name, ((const label *)other)->name);
}

const char *rw_labels_text(rw_list names, rw_list values, const char *more) {
    label *labels = rw_alloc_array(names.count, sizeof *labels);
    for (size_t i = 0; i < names.count; i++) labels[i] = (label){names.items[i], values.items[i]};
    qsort(labels, names.count, sizeof *labels, by_name);
    rw_builder out = {0};
    for (size_t i = 0; i < names.count; i++)
        rw_builder_format(&out, "%c%s", i ? ',' : '{', label_text(labels[i].name, labels[i].value));
    if (more) rw_builder_format(&out, "%c%s", names.count ? ',' : '{', more);
    if (out.size) rw_builder_char(&out, '}');
    rw_builder_char(&out, 0);
    return out.data;
}

static int by_text(const void *one, const void *other) {
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* A family while its lines are written. */
typedef struct block {
    const abi_family *family;
    const char *name;
    rw_builder lines;
} block;

static void line(block *to, const char *suffix, rw_list values, const char *more, const char *value) {
    rw_builder_format(&to->lines, "%s%s%s %s\n", to->name, suffix,
                      rw_labels_text(to->family->label_names, values, more), value);
}

static void histogram_lines(block *to, const abi_bucketed *histogram) {
    const char *count = rw_format("%llu", (unsigned long long)histogram->count);
    for (size_t i = 0; i < rw_buckets_below(histogram); i++) {
        rw_bucket bucket = histogram->buckets.items[i];
        line(to, "_bucket", histogram->label_values, label_text(rw_str("le"), rw_str(number(bucket.bound))),
             rw_format("%llu", (unsigned long long)bucket.count));
    }
    line(to, "_bucket", histogram->label_values, label_text(rw_str("le"), rw_str("+Inf")), count);
    line(to, "_sum", histogram->label_values, NULL, number(histogram->sum));
    line(to, "_count", histogram->label_values, NULL, count);
}

static void summary_lines(block *to, const abi_quantiled *summary) {
    for (size_t i = 0; i < summary->quantiles.count; i++) {
        rw_quantile quantile = summary->quantiles.items[i];
        line(to, "", summary->label_values, label_text(rw_str("quantile"), rw_str(number(quantile.quantile))),
             number(quantile.value));
    }
    line(to, "_sum", summary->label_values, NULL, number(summary->sum));
    line(to, "_count", summary->label_values, NULL, rw_format("%llu", (unsigned long long)summary->count));
}

static const char *kind_of(uint8_t kind) {
    static const char *const names[] = {"counter", "gauge", "histogram", "histogram",
                                        "summary", "gauge", "gauge",     "untyped"};
    return names[kind];
}

static const char *block_of(const rw_result *result, size_t index, const char *name_space) {
    block made = {.family = family_at(result, index)};
    made.name = rw_format("%s_%.*s", name_space, RW_ARG(made.family->name));
    const abi_report *report = &result->report;
    for (size_t i = 0; i < report->samples.count; i++)
        if (report->samples.items[i].family == index)
            line(&made, "", report->samples.items[i].label_values, NULL, number(report->samples.items[i].value));
    for (size_t i = 0; i < report->histograms.count; i++)
        if (report->histograms.items[i].family == index) histogram_lines(&made, &report->histograms.items[i]);
    for (size_t i = 0; i < report->summaries.count; i++)
        if (report->summaries.items[i].family == index) summary_lines(&made, &report->summaries.items[i]);
    if (made.lines.size == 0) return "";
    return rw_format("# HELP %s %.*s\n# TYPE %s %s\n%.*s", made.name, RW_ARG(made.family->help), made.name,
                     kind_of(made.family->kind), (int)made.lines.size, made.lines.data);
}

const char *rw_result_text(const rw_result *result, const char *name_space) {
    if (result->outcome != RW_PAGE) return "";
    size_t count = families_of(result);
    const char **blocks = rw_alloc_array(count, sizeof *blocks);
    for (size_t i = 0; i < count; i++) blocks[i] = block_of(result, i, name_space);
    qsort(blocks, count, sizeof *blocks, by_text);
    rw_builder text = {0};
    for (size_t i = 0; i < count; i++) rw_builder_str(&text, blocks[i]);
    rw_builder_char(&text, 0);
    return text.data;
}
