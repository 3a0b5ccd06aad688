package redwasptest

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// Series of a report, buckets and quantiles included, unless the operator says otherwise.
const mostSeries = 10_000

// Bytes of a state, unless the operator says otherwise.
const longestState = 64 << 10

// Said of what has buckets or quantiles in a family that has others, or none.
const otherKind = "a histogram or a summary for a family of single values"

// check says the first thing that is wrong with the report to a plan; "" for nothing.
func check(plan *contract.Plan, report *contract.Report, most int) string {
	families := slices.Concat(plan.Families, report.Late)
	if fault := familiesFault(families); fault != "" {
		return fault
	}
	for _, family := range report.Late {
		if !isReserved(family.Name, plan.LatePrefixes) {
			return fmt.Sprintf("late family %q begins with no reserved prefix", family.Name)
		}
	}
	if state := report.State; state != nil && len(*state) > longestState {
		return fmt.Sprintf("a state of %d bytes, more than the %d allowed (limits.state)", len(*state), longestState)
	}
	if series := series(report); series > most {
		return fmt.Sprintf("%d samples, more than the %d allowed (limits.samples)", series, most)
	}
	if fault := samples(report, families); fault != "" {
		return fault
	}
	return repeated(report, families)
}

// samples says which sample does not fit the family that it is of; "" for none.
func samples(report *contract.Report, families []contract.Family) string {
	for _, sample := range report.Samples {
		kind, fault := kindOf(families, sample.Family, sample.LabelValues)
		switch {
		case fault != "":
			return fault
		case isHistogram(kind) || kind == redwasp.KindSummary:
			return faultOf(families[sample.Family], "a single value for a histogram or a summary")
		}
	}
	for _, histogram := range report.Histograms {
		kind, fault := kindOf(families, histogram.Family, histogram.LabelValues)
		switch {
		case fault != "":
			return fault
		case !isHistogram(kind):
			return faultOf(families[histogram.Family], otherKind)
		case !isCumulative(histogram):
			return faultOf(families[histogram.Family], "buckets are not ascending and cumulative")
		}
	}
	for _, summary := range report.Summaries {
		kind, fault := kindOf(families, summary.Family, summary.LabelValues)
		switch {
		case fault != "":
			return fault
		case kind != redwasp.KindSummary:
			return faultOf(families[summary.Family], otherKind)
		case !isAscending(summary.Quantiles):
			return faultOf(families[summary.Family], "quantiles are not ascending")
		}
	}
	return ""
}

// bounded are the buckets of a histogram without the one of +Inf that says the count again: it is the count, whether it is
// written or not.
func bounded(histogram contract.Bucketed) []contract.Bucket {
	buckets := histogram.Buckets
	last := len(buckets) - 1
	if last >= 0 && math.IsInf(buckets[last].Bound, 1) && buckets[last].Count == histogram.Count {
		return buckets[:last]
	}
	return buckets
}

// isCumulative says whether bounds ascend below +Inf and counts do not go down, up to the whole count. NaN is no bound.
func isCumulative(histogram contract.Bucketed) bool {
	buckets := bounded(histogram)
	for i := 1; i < len(buckets); i++ {
		if before, bucket := buckets[i-1], buckets[i]; !(before.Bound < bucket.Bound && before.Count <= bucket.Count) {
			return false
		}
	}
	last := len(buckets) - 1
	return last < 0 || buckets[last].Bound < math.Inf(1) && buckets[last].Count <= histogram.Count
}

func isAscending(quantiles []contract.Quantile) bool {
	for i := 1; i < len(quantiles); i++ {
		if !(quantiles[i-1].Quantile < quantiles[i].Quantile) {
			return false
		}
	}
	return true
}

// kindOf is the kind of a family that has as many labels; or what is wrong.
func kindOf(families []contract.Family, index uint32, values []string) (kind redwasp.Kind, fault string) {
	if int(index) >= len(families) {
		return 0, fmt.Sprintf("a sample of family %d, of %d", index, len(families))
	}
	family := families[index]
	if len(values) != len(family.LabelNames) {
		return 0, faultOf(family, fmt.Sprintf("%d label values for %d label names", len(values), len(family.LabelNames)))
	}
	return redwasp.Kind(family.Kind), ""
}

// repeated says which series is there twice; "" for none. The daemon drops the second one.
func repeated(report *contract.Report, families []contract.Family) string {
	var given []string
	give := func(family uint32, values []string) { given = append(given, seriesText(families[family], values)) }
	for _, sample := range report.Samples {
		give(sample.Family, sample.LabelValues)
	}
	for _, histogram := range report.Histograms {
		give(histogram.Family, histogram.LabelValues)
	}
	for _, summary := range report.Summaries {
		give(summary.Family, summary.LabelValues)
	}
	seen := make(map[string]bool, len(given))
	for _, series := range given {
		if seen[series] {
			return series + " is given twice; the daemon keeps the first"
		}
		seen[series] = true
	}
	return ""
}

func seriesText(family contract.Family, values []string) string {
	if labels := labelsText(family.LabelNames, values, ""); labels != "" {
		return faultOf(family, "the series "+labels)
	}
	return faultOf(family, "the series")
}

func isReserved(name string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func series(report *contract.Report) int {
	series := len(report.Samples)
	for _, histogram := range report.Histograms {
		series += len(bounded(histogram)) + 3
	}
	for _, summary := range report.Summaries {
		series += len(summary.Quantiles) + 2
	}
	return series
}
