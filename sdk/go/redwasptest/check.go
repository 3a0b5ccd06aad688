package redwasptest

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// What the daemon asks of every report.
const (
	// Families of a plan and a report together.
	mostFamilies = 500
	// Series of a report, buckets and quantiles included, unless the operator says otherwise.
	mostSeries = 10_000
	// Sweeps of a plan.
	mostSweeps = 256
)

var familyName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// check says the first thing that is wrong with a plan and its report; "" for nothing.
func check(plan *contract.Plan, report *contract.Report, most int) string {
	if len(plan.Sweeps) > mostSweeps {
		return fmt.Sprintf("%d sweeps, more than %d", len(plan.Sweeps), mostSweeps)
	}
	families := append(append([]contract.Family{}, plan.Families...), report.Late...)
	if len(families) > mostFamilies {
		return fmt.Sprintf("%d families, more than %d", len(families), mostFamilies)
	}
	taken := map[string]bool{}
	for _, family := range families {
		name := family.Name
		if !familyName.MatchString(name) || strings.HasSuffix(name, "_bucket") || strings.HasSuffix(name, "_sum") {
			return fmt.Sprintf("%q cannot be the name of a family", name)
		}
		for _, series := range seriesNames(family) {
			if taken[series] {
				return fmt.Sprintf("family %q: %q is declared twice", name, series)
			}
			taken[series] = true
		}
	}
	for _, family := range report.Late {
		if !isReserved(family.Name, plan.LatePrefixes) {
			return fmt.Sprintf("late family %q begins with no reserved prefix", family.Name)
		}
	}
	if series := series(report); series > most {
		return fmt.Sprintf("%d samples, more than %d", series, most)
	}
	return samples(report, families)
}

// samples says which sample does not fit the family that it is of; "" for none.
func samples(report *contract.Report, families []contract.Family) string {
	for _, sample := range report.Samples {
		kind, fault := kindOf(families, sample.Family, sample.LabelValues)
		switch {
		case fault != "":
			return fault
		case isHistogram(kind) || kind == redwasp.KindSummary:
			return faultOf(families, sample.Family, "a single value for a histogram or a summary")
		}
	}
	for _, histogram := range report.Histograms {
		kind, fault := kindOf(families, histogram.Family, histogram.LabelValues)
		switch {
		case fault != "":
			return fault
		case !isHistogram(kind):
			return faultOf(families, histogram.Family, "a histogram for a family of another kind")
		case !isCumulative(histogram):
			return faultOf(families, histogram.Family, "buckets are not ascending and cumulative")
		}
	}
	for _, summary := range report.Summaries {
		kind, fault := kindOf(families, summary.Family, summary.LabelValues)
		switch {
		case fault != "":
			return fault
		case kind != redwasp.KindSummary:
			return faultOf(families, summary.Family, "a summary for a family of another kind")
		case !isAscending(summary.Quantiles):
			return faultOf(families, summary.Family, "quantiles are not ascending")
		}
	}
	return ""
}

func isHistogram(kind redwasp.Kind) bool {
	return kind == redwasp.KindHistogram || kind == redwasp.KindGaugeHistogram
}

// isCumulative says whether bounds ascend and counts do not go down. NaN is no bound.
func isCumulative(histogram contract.Bucketed) bool {
	for i, bucket := range histogram.Buckets {
		if i == 0 {
			continue
		}
		if before := histogram.Buckets[i-1]; !(before.Bound < bucket.Bound && before.Count <= bucket.Count) {
			return false
		}
	}
	last := len(histogram.Buckets) - 1
	return last < 0 || histogram.Buckets[last].Count <= histogram.Count
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
		return 0, faultOf(families, index, fmt.Sprintf("%d label values for %d label names", len(values), len(family.LabelNames)))
	}
	return redwasp.Kind(family.Kind), ""
}

func faultOf(families []contract.Family, index uint32, fault string) string {
	return fmt.Sprintf("family %q: %s", families[index].Name, fault)
}

// seriesNames are the names of the series that a family is written as, and its own.
func seriesNames(family contract.Family) []string {
	name := family.Name
	switch redwasp.Kind(family.Kind) {
	case redwasp.KindHistogram, redwasp.KindGaugeHistogram:
		return []string{name, name + "_bucket", name + "_sum", name + "_count"}
	case redwasp.KindSummary:
		return []string{name, name + "_sum", name + "_count"}
	}
	return []string{name}
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
		series += len(histogram.Buckets) + 3
	}
	for _, summary := range report.Summaries {
		series += len(summary.Quantiles) + 2
	}
	return series
}
