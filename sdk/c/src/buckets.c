/* Counts of values by upper bounds. */
#include "abi.h"

struct rw_buckets {
    size_t bounds;
    uint64_t count;
    double sum;
    rw_bucket buckets[]; /* not cumulative: each value is counted once */
};

static rw_buckets *made(void *(*alloc)(size_t), const double *bounds, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (bounds[i] != bounds[i] || (i && bounds[i] <= bounds[i - 1])) return NULL;
    if (count && bounds[count - 1] == __builtin_inf()) count--;
    size_t size;
    if (__builtin_mul_overflow(count, sizeof(rw_bucket), &size)) rw_out_of_memory();
    if (__builtin_add_overflow(size, sizeof(rw_buckets), &size)) rw_out_of_memory();
    rw_buckets *buckets = alloc(size);
    buckets->bounds = count;
    for (size_t i = 0; i < count; i++) buckets->buckets[i].bound = bounds[i];
    return buckets;
}

rw_buckets *rw_buckets_new(const double *bounds, size_t count) { return made(rw_alloc, bounds, count); }

rw_buckets *rw_run_buckets_new(const double *bounds, size_t count) { return made(rw_run_alloc, bounds, count); }

void rw_buckets_observe(rw_buckets *buckets, double value) {
    buckets->count++;
    buckets->sum += value;
    for (size_t i = 0; i < buckets->bounds; i++) {
        if (!(value <= buckets->buckets[i].bound)) continue;
        buckets->buckets[i].count++;
        return;
    }
}

uint64_t rw_buckets_count(const rw_buckets *buckets) { return buckets->count; }

double rw_buckets_sum(const rw_buckets *buckets) { return buckets->sum; }

void rw_report_histogram_at(rw_report *report, rw_histogram family, rw_list labels, const rw_buckets *buckets,
                            const char *file, int line) {
    rw_bucket *cumulative = rw_alloc_array(buckets->bounds, sizeof *cumulative);
    uint64_t sum = 0;
    for (size_t i = 0; i < buckets->bounds; i++) {
        sum += buckets->buckets[i].count;
        cumulative[i] = (rw_bucket){buckets->buckets[i].bound, sum};
    }
    rw_report_histogram_of_at(report, family, labels, cumulative, buckets->bounds, buckets->sum, buckets->count, file,
                              line);
}
