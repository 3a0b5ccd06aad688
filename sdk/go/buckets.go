package redwasp

import "fmt"

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

// NewBuckets counts by these upper bounds, which ascend; +Inf is implied. It panics if they do not ascend: bounds of a
// configuration are checked before.
func NewBuckets(bounds ...float64) *Buckets {
	for i := 1; i < len(bounds); i++ {
		if !(bounds[i-1] < bounds[i]) {
			panic(fmt.Sprintf("the bounds of buckets ascend: %v stands behind %v", bounds[i], bounds[i-1]))
		}
	}
	return &Buckets{bounds: bounds, counts: make([]uint64, len(bounds))}
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
