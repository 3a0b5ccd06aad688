package redwasp

import (
	"fmt"
	"math"
	"slices"

	"github.com/redwasp/redwasp/sdk/go/internal/binary"
)

// Bucket is an upper bound with how many values are not above it.
type Bucket struct {
	Bound float64
	Count uint64
}

// Quantile is a quantile, as it is written in the label, with its value.
type Quantile struct {
	Quantile, Value float64
}

// Buckets counts values for a histogram.
type Buckets struct {
	bounds []float64
	counts []uint64
	sum    float64
	count  uint64
}

// NewBuckets counts by these upper bounds, which ascend; +Inf is implied, and may be the last of them. It panics if they do
// not ascend, or one is NaN: bounds of a configuration are checked before.
func NewBuckets(bounds ...float64) *Buckets {
	for i, bound := range bounds {
		if math.IsNaN(bound) {
			panic("the bounds of buckets ascend: NaN is no bound")
		}
		if i > 0 && bounds[i-1] >= bound {
			panic(fmt.Sprintf("the bounds of buckets ascend: %v stands behind %v", bound, bounds[i-1]))
		}
	}
	if last := len(bounds) - 1; last >= 0 && math.IsInf(bounds[last], 1) {
		bounds = bounds[:last]
	}
	return &Buckets{bounds: slices.Clone(bounds), counts: make([]uint64, len(bounds))}
}

// What is written of buckets.
type writtenBuckets struct {
	Bounds []float64
	Counts []uint64
	Sum    float64
	Count  uint64
}

// MarshalBinary lets buckets travel in a collector, and be kept by Report.Keep.
func (buckets Buckets) MarshalBinary() ([]byte, error) {
	return binary.Write(writtenBuckets{buckets.bounds, buckets.counts, buckets.sum, buckets.count})
}

// UnmarshalBinary reads what MarshalBinary wrote. The error says that it is something else.
func (buckets *Buckets) UnmarshalBinary(bytes []byte) error {
	var written writtenBuckets
	err := binary.Read(bytes, &written)
	if err == nil && len(written.Bounds) != len(written.Counts) {
		err = fmt.Errorf("%d bounds of buckets with %d counts", len(written.Bounds), len(written.Counts))
	}
	if err == nil {
		*buckets = Buckets{written.Bounds, written.Counts, written.Sum, written.Count}
	}
	return err
}

// Observe counts a value.
func (buckets *Buckets) Observe(value float64) {
	buckets.sum += value
	buckets.count++
	for i, bound := range buckets.bounds {
		if value <= bound {
			buckets.counts[i]++
			return
		}
	}
}

// Count is how many values were observed.
func (buckets *Buckets) Count() uint64 { return buckets.count }

// Sum is the sum of the values that were observed.
func (buckets *Buckets) Sum() float64 { return buckets.sum }

// cumulative is how many values were not above each bound.
func (buckets *Buckets) cumulative() []Bucket {
	cumulative := make([]Bucket, len(buckets.bounds))
	count := uint64(0)
	for i, bound := range buckets.bounds {
		count += buckets.counts[i]
		cumulative[i] = Bucket{bound, count}
	}
	return cumulative
}
