package redwasptest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// What the daemon asks of families.
const (
	// What it puts before their names, unless the operator says otherwise.
	namespace = "redis_"
	// Families of a plan and a report together.
	mostFamilies = 500
	// Bytes of the name of a family or a label.
	longestFamilyName = 256
)

var isName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`).MatchString

// familiesFault says the first thing that is wrong with families; "" for nothing.
func familiesFault(families []contract.Family) string {
	if len(families) > mostFamilies {
		return fmt.Sprintf("%d families, more than the %d allowed (limits.families)", len(families), mostFamilies)
	}
	taken := map[string]bool{}
	for _, family := range families {
		for _, series := range seriesNames(family) {
			if taken[series] {
				return faultOf(family, fmt.Sprintf("%q is declared twice", series))
			}
			taken[series] = true
		}
		if fault := familyFault(family); fault != "" {
			return faultOf(family, fault)
		}
	}
	rules := daemonRules()
	for _, family := range families {
		if slices.Contains(rules.OwnFamilies, family.Name) || strings.HasPrefix(family.Name, rules.OwnPrefix) {
			return faultOf(family, "the name is the exporter's own")
		}
	}
	return ""
}

func familyFault(family contract.Family) string {
	name := namespace + family.Name
	for _, each := range append([]string{name}, family.LabelNames...) {
		if len(each) > longestFamilyName {
			return fmt.Sprintf("a name of %d bytes, more than the %d allowed", len(each), longestFamilyName)
		}
	}
	if !isName(name) {
		return "not a metric name: letters, digits and _ are, and no digit first"
	}
	for _, suffix := range []string{"_bucket", "_sum"} {
		if strings.HasSuffix(name, suffix) {
			return "only a histogram or a summary may own the suffix " + suffix
		}
	}
	return labelsFault(family)
}

func labelsFault(family contract.Family) string {
	labels, reserved := family.LabelNames, reservedLabel(redwasp.Kind(family.Kind))
	for i, label := range labels {
		switch {
		case !isName(label) || strings.HasPrefix(label, "__"):
			return fmt.Sprintf("%q is not a label name", label)
		case label == reserved:
			return fmt.Sprintf("the label %s belongs to the type", label)
		case slices.Contains(labels[:i], label):
			return fmt.Sprintf("label %q twice", label)
		}
	}
	return ""
}

// reservedLabel is the label that a type has by itself; "" for none.
func reservedLabel(kind redwasp.Kind) string {
	switch {
	case isHistogram(kind):
		return "le"
	case kind == redwasp.KindSummary:
		return "quantile"
	}
	return ""
}

// seriesNames are the names of the series that a family is written as, and its own.
func seriesNames(family contract.Family) []string {
	name, kind := namespace+family.Name, redwasp.Kind(family.Kind)
	switch {
	case isHistogram(kind):
		return []string{name, name + "_bucket", name + "_sum", name + "_count"}
	case kind == redwasp.KindSummary:
		return []string{name, name + "_sum", name + "_count"}
	}
	return []string{name}
}

func isHistogram(kind redwasp.Kind) bool {
	return kind == redwasp.KindHistogram || kind == redwasp.KindGaugeHistogram
}

func faultOf(family contract.Family, fault string) string {
	return fmt.Sprintf("family %q: %s", namespace+family.Name, fault)
}
