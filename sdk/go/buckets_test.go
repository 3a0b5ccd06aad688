package redwasp_test

import (
	"math"
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
)

func TestBoundsOfBucketsAscend(t *testing.T) {
	for expected, bounds := range map[string][]float64{
		"the bounds of buckets ascend: 1 stands behind 1": {1, 1},
		"the bounds of buckets ascend: NaN is no bound":   {math.NaN()},
	} {
		func() {
			defer func() {
				if text := recover(); text != expected {
					t.Error(text)
				}
			}()
			redwasp.NewBuckets(bounds...)
		}()
	}
}

// The last bucket is written by the host; the bounds are not those of the caller.
func TestInfinityIsImplied(t *testing.T) {
	bounds := []float64{1, math.Inf(1)}
	buckets := redwasp.NewBuckets(bounds...)
	bounds[0] = 5
	buckets.Observe(2)
	buckets.Observe(0.5)
	page, err := collected(bench(),
		func(plan *redwasp.Plan) error {
			plan.LatePrefix("late_")
			return nil
		},
		func(c *tester, request *redwasp.Request, report *redwasp.Report) error {
			report.Histogram(report.LateHistogram(redwasp.KindHistogram, "late_a", ""), buckets)
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	expected := "# HELP redis_late_a \n# TYPE redis_late_a histogram\nredis_late_a_bucket{le=\"1\"} 1\n" +
		"redis_late_a_bucket{le=\"+Inf\"} 2\nredis_late_a_sum 2.5\nredis_late_a_count 2\n"
	if text := page.Text("redis"); text != expected {
		t.Error(text)
	}
}

// Buckets are kept from collect to collect, as a struct's field or by a pointer.
func TestBucketsAreKept(t *testing.T) {
	type state struct{ Times *redwasp.Buckets }
	count := func(c *tester, request *redwasp.Request, report *redwasp.Report) error {
		kept := state{redwasp.NewBuckets(1, 2)}
		request.Saved(&kept)
		kept.Times.Observe(1.5)
		report.Set(c.Gauge, float64(kept.Times.Count()), "count")
		report.Set(c.Gauge, kept.Times.Sum(), "sum")
		return report.Keep(kept)
	}
	first, err := collected(bench(), nil, count)
	if err != nil {
		t.Fatal(err)
	}
	second, err := collected(bench().After(first), nil, count)
	if err != nil {
		t.Fatal(err)
	}
	for label, expected := range map[string]float64{"count": 2, "sum": 3} {
		if value, _ := second.Value("a", map[string]string{"x": label}); value != expected {
			t.Errorf("%s is %v", label, value)
		}
	}
}
