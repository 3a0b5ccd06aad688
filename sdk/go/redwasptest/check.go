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
	return ""
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
