package redwasptest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// Page is the families of a plan with the samples of one report.
type Page struct {
	version  string
	families []contract.Family
	problems []contract.Problem
	report   contract.Report
	logs     []string
}

// Text is the page in Prometheus' text format, families and labels sorted, as the daemon would serve it under a namespace.
// Families without samples are left out.
func (page *Page) Text(namespace string) string {
	var blocks []string
	for i, family := range page.families {
		name := namespace + "_" + family.Name
		if lines := page.lines(uint32(i), family, name); lines != "" {
			head := fmt.Sprintf("# HELP %s %s\n# TYPE %s %s\n", name, family.Help, name, kindText(family.Kind))
			blocks = append(blocks, name+"\x00"+head+lines)
		}
	}
	slices.Sort(blocks)
	var text strings.Builder
	for _, block := range blocks {
		_, block, _ = strings.Cut(block, "\x00")
		text.WriteString(block)
	}
	return text.String()
}

// Value is the value of one sample, and whether it is there. The name is without namespace; labels are names and values.
func (page *Page) Value(name string, labels map[string]string) (float64, bool) {
	index := slices.IndexFunc(page.families, func(family contract.Family) bool { return family.Name == name })
	if index < 0 {
		return 0, false
	}
	var wanted []string
	for _, label := range page.families[index].LabelNames {
		value, ok := labels[label]
		if !ok {
			return 0, false
		}
		wanted = append(wanted, value)
	}
	for _, sample := range page.report.Samples {
		if int(sample.Family) == index && slices.Equal(sample.LabelValues, wanted) {
			return sample.Value, true
		}
	}
	return 0, false
}

// Problems are what of the configuration is not used.
func (page *Page) Problems() []redwasp.Problem {
	var problems []redwasp.Problem
	for _, problem := range page.problems {
		problems = append(problems, redwasp.Problem(problem))
	}
	return problems
}

// Warnings are what the collector warned of.
func (page *Page) Warnings() []string { return page.report.Warnings }

// State is what the collector saved for its next collect; nil keeps what it has.
func (page *Page) State() []byte {
	if page.report.State == nil {
		return nil
	}
	return *page.report.State
}

// IsPartial says whether the collector says that not everything could be read.
func (page *Page) IsPartial() bool { return page.report.Partial }

// Logs are the lines that were written to the log: level, message and fields, e.g. "debug skipped queue=mail".
func (page *Page) Logs() []string { return page.logs }

func (page *Page) lines(index uint32, family contract.Family, name string) string {
	var out strings.Builder
	line := func(suffix string, values []string, more, value string) {
		fmt.Fprintf(&out, "%s%s%s %s\n", name, suffix, labelsText(family.LabelNames, values, more), value)
	}
	for _, sample := range page.report.Samples {
		if sample.Family == index {
			line("", sample.LabelValues, "", numberText(sample.Value))
		}
	}
	for _, histogram := range page.report.Histograms {
		if histogram.Family != index {
			continue
		}
		count := strconv.FormatUint(histogram.Count, 10)
		for _, bucket := range bounded(histogram) {
			line("_bucket", histogram.LabelValues, labelText("le", numberText(bucket.Bound)), strconv.FormatUint(bucket.Count, 10))
		}
		line("_bucket", histogram.LabelValues, labelText("le", "+Inf"), count)
		line("_sum", histogram.LabelValues, "", numberText(histogram.Sum))
		line("_count", histogram.LabelValues, "", count)
	}
	for _, summary := range page.report.Summaries {
		if summary.Family != index {
			continue
		}
		for _, quantile := range summary.Quantiles {
			line("", summary.LabelValues, labelText("quantile", numberText(quantile.Quantile)), numberText(quantile.Value))
		}
		line("_sum", summary.LabelValues, "", numberText(summary.Sum))
		line("_count", summary.LabelValues, "", strconv.FormatUint(summary.Count, 10))
	}
	return out.String()
}

func labelsText(names, values []string, more string) string {
	values = values[:min(len(names), len(values))]
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(names[a], names[b]) })
	var pairs []string
	for _, i := range order {
		pairs = append(pairs, labelText(names[i], values[i]))
	}
	if more != "" {
		pairs = append(pairs, more)
	}
	if len(pairs) == 0 {
		return ""
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func labelText(name, value string) string {
	return name + `="` + strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(value) + `"`
}

func numberText(value float64) string {
	switch {
	case math.IsInf(value, 1):
		return "+Inf"
	case math.IsInf(value, -1):
		return "-Inf"
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}

func kindText(kind contract.Kind) string {
	switch redwasp.Kind(kind) {
	case redwasp.KindCounter:
		return "counter"
	case redwasp.KindGauge, redwasp.KindInfo, redwasp.KindStateSet:
		return "gauge"
	case redwasp.KindHistogram, redwasp.KindGaugeHistogram:
		return "histogram"
	case redwasp.KindSummary:
		return "summary"
	}
	return "untyped"
}
