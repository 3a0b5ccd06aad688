package redwasp

import (
	"slices"
	"strings"

	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// Kind is the type of a family: those of OpenMetrics 1.0.
type Kind uint8

// The types of families.
const (
	KindCounter Kind = iota
	KindGauge
	KindHistogram
	// KindGaugeHistogram is a histogram of what there is now: its counts can go down.
	KindGaugeHistogram
	KindSummary
	KindInfo
	KindStateSet
	KindUnknown
)

// Handles of what a plan declared. They are numbers that count from 1, so that they travel in the collector's value, and
// that one which was never declared, 0, is found out.
type (
	// Family is a family of single values.
	Family uint32
	// Histogram is a family of histograms.
	Histogram uint32
	// Summary is a family of summaries.
	Summary uint32
	// Prefetched is a command of the plan; Request.Reply gives its reply.
	Prefetched uint32
	// Swept is a sweep of the plan; Page.Is tells whether a page is of it.
	Swept uint32
	// Read is a read of a sweep; Key.Reply gives its reply.
	Read uint32
)

func familyRecord(kind Kind, name, help string, labels []string) contract.Family {
	return contract.Family{Name: name, Help: help, Unit: unit(name), Kind: contract.Kind(kind), LabelNames: slices.Clone(labels)}
}

// unit is the name's suffix (https://prometheus.io/docs/practices/naming/#base-units).
func unit(name string) string {
	name = strings.TrimSuffix(name, "_total")
	for _, unit := range []string{"seconds", "bytes", "ratio", "celsius"} {
		if strings.HasSuffix(name, "_"+unit) {
			return unit
		}
	}
	return ""
}
