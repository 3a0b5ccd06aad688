package redwasp

import (
	"cmp"
	encoding "encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/redwasp/redwasp/sdk/go/internal/binary"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// Report collects the samples of one collect.
//
// Label values are given in the order of the family's label names. A wrong number of them, and a handle that no plan
// declared, are mistakes of the program: it panics, and the collect fails with the name of the family and the line.
//
// The order in which samples are set has no meaning: they are sorted, so that going over a map makes no difference.
type Report struct {
	// Of the plan's families: name and label names.
	planned []plannedFamily
	// Whether it is what a walk reports, of which no state is kept.
	isOfWalk bool
	// How many series the histograms and summaries are written as.
	bucketed int
	record   contract.Report
}

// plannedFamily is a name, then the label names.
type plannedFamily []string

// Set sets one sample. LabelText makes a label value of bytes that came from Redis.
func (report *Report) Set(family Family, value float64, labels ...string) {
	index := report.index(uint32(family), labels)
	report.record.Samples = append(report.record.Samples, contract.Sample{Family: index, LabelValues: slices.Clone(labels), Value: value})
}

// Histogram sets one histogram.
func (report *Report) Histogram(family Histogram, buckets *Buckets, labels ...string) {
	report.HistogramOf(family, buckets.cumulative(), buckets.sum, buckets.count, labels...)
}

// HistogramOf sets one histogram that was counted elsewhere. The counts of buckets are cumulative and their bounds ascend;
// +Inf may be left out.
func (report *Report) HistogramOf(family Histogram, buckets []Bucket, sum float64, count uint64, labels ...string) {
	index := report.index(uint32(family), labels)
	records := make([]contract.Bucket, len(buckets))
	for i, bucket := range buckets {
		records[i] = contract.Bucket(bucket)
	}
	report.bucketed += len(buckets) + 3
	report.record.Histograms = append(report.record.Histograms,
		contract.Bucketed{Family: index, LabelValues: slices.Clone(labels), Buckets: records, Sum: sum, Count: count})
}

// Summary sets one summary.
func (report *Report) Summary(family Summary, quantiles []Quantile, sum float64, count uint64, labels ...string) {
	index := report.index(uint32(family), labels)
	records := make([]contract.Quantile, len(quantiles))
	for i, quantile := range quantiles {
		records[i] = contract.Quantile(quantile)
	}
	report.bucketed += len(quantiles) + 2
	report.record.Summaries = append(report.record.Summaries,
		contract.Quantiled{Family: index, LabelValues: slices.Clone(labels), Quantiles: records, Sum: sum, Count: count})
}

// Late declares a family that only this collect knows. Its name begins with a prefix that the plan reserved
// (Plan.LatePrefix). A name declared again with the same kind and labels is the same family, with the first one's help.
func (report *Report) Late(kind Kind, name, help string, labels ...string) Family {
	return Family(report.declare(kind, name, help, labels))
}

// LateHistogram declares a family of histograms as Late does: KindHistogram or KindGaugeHistogram.
func (report *Report) LateHistogram(kind Kind, name, help string, labels ...string) Histogram {
	return Histogram(report.declare(kind, name, help, labels))
}

// LateSummary declares a family of summaries as Late does.
func (report *Report) LateSummary(name, help string, labels ...string) Summary {
	return Summary(report.declare(KindSummary, name, help, labels))
}

// Series is how many series the report is written as so far, buckets and quantiles included. The host refuses a report of
// more than 10,000: a collector that cannot know how many there will be stops before.
func (report *Report) Series() int { return len(report.record.Samples) + report.bucketed }

// Warn tells the operator something, in the host's log: once, as long as each report has it.
func (report *Report) Warn(text string) {
	report.record.Warnings = append(report.record.Warnings, text)
}

// Warnf is Warn with a text as fmt.Sprintf makes it.
func (report *Report) Warnf(format string, args ...any) { report.Warn(fmt.Sprintf(format, args...)) }

// Partial says that not everything could be read. What is in the report is right as far as it goes.
func (report *Report) Partial() { report.record.Partial = true }

// Save keeps bytes that the next collect gets back, if this one succeeds: at most 64 KiB. A walk keeps no state: in
// Sweeper.End it is a mistake of the program, and panics.
func (report *Report) Save(state []byte) {
	report.keeps()
	kept := slices.Clone(state)
	report.record.State = &kept
}

// Keep is Save for a value: Request.Saved of the next collect gives it back. All fields of structs have to be exported; types
// like time.Time and Buckets write themselves. What is kept has a bound, since the host refuses a report whose state is longer
// than 64 KiB. The error says what of the value cannot be kept. In Sweeper.End it panics as Save does.
func (report *Report) Keep(value any) error {
	report.keeps()
	state, err := binary.Write(value)
	if err != nil {
		return fmt.Errorf("the state cannot be kept: %w", err)
	}
	of := keptType(value)
	if path := binary.Hidden(of); path != "" {
		return fmt.Errorf("the state cannot be kept: the field %s of %s is none that is exported", path, of)
	}
	report.Save(append(bytesOf(of), state...))
	return nil
}

// keeps panics where a state would be lost without a word.
func (report *Report) keeps() {
	if report.isOfWalk {
		panic("a walk keeps no state: Keep and Save are for Collect")
	}
}

// keptType is the type of a value, or of what a pointer leads to.
func keptType(value any) reflect.Type {
	of := reflect.TypeOf(value)
	if of.Kind() == reflect.Pointer {
		return of.Elem()
	}
	return of
}

// bytesOf tells types apart: another version of a plugin may keep another one.
func bytesOf(kept reflect.Type) []byte {
	return encoding.LittleEndian.AppendUint64(nil, binary.Fingerprint(kept))
}

func (report *Report) declare(kind Kind, name, help string, labels []string) int {
	family := familyRecord(kind, name, help, labels)
	place := slices.IndexFunc(report.record.Late, func(known contract.Family) bool {
		return known.Name == name && known.Kind == family.Kind && slices.Equal(known.LabelNames, labels)
	})
	if place < 0 {
		place = len(report.record.Late)
		report.record.Late = append(report.record.Late, family)
	}
	return len(report.planned) + place + 1
}

// index is the place of a family, which has as many labels.
func (report *Report) index(handle uint32, values []string) uint32 {
	index := int(handle) - 1
	var name string
	var names []string
	switch late := index - len(report.planned); {
	case index < 0 || late >= len(report.record.Late):
		panic(fmt.Sprintf("no family has the handle %d: was it declared in Configure, and kept in an exported field?", handle))
	case late >= 0:
		name, names = report.record.Late[late].Name, report.record.Late[late].LabelNames
	default:
		name, names = report.planned[index][0], report.planned[index][1:]
	}
	if len(values) != len(names) {
		panic(fmt.Sprintf("the family %s has the labels [%s], and was given %d values for them", name, strings.Join(names, ", "), len(values)))
	}
	return uint32(index)
}

// finish is the report with everything in an order that does not depend on the order of calls.
func (report *Report) finish() *contract.Report {
	record := &report.record
	places := report.sortLate()
	for i := range record.Samples {
		record.Samples[i].Family = places(record.Samples[i].Family)
	}
	for i := range record.Histograms {
		record.Histograms[i].Family = places(record.Histograms[i].Family)
	}
	for i := range record.Summaries {
		record.Summaries[i].Family = places(record.Summaries[i].Family)
	}
	slices.SortStableFunc(record.Samples, func(a, b contract.Sample) int {
		return order(a.Family, b.Family, a.LabelValues, b.LabelValues)
	})
	slices.SortStableFunc(record.Histograms, func(a, b contract.Bucketed) int {
		return order(a.Family, b.Family, a.LabelValues, b.LabelValues)
	})
	slices.SortStableFunc(record.Summaries, func(a, b contract.Quantiled) int {
		return order(a.Family, b.Family, a.LabelValues, b.LabelValues)
	})
	return record
}

// sortLate sorts the late families by name, and tells where each family stands then.
func (report *Report) sortLate() func(uint32) uint32 {
	late := report.record.Late
	first := uint32(len(report.planned))
	before := make([]uint32, len(late))
	for i := range before {
		before[i] = uint32(i)
	}
	slices.SortStableFunc(before, func(a, b uint32) int { return cmp.Compare(late[a].Name, late[b].Name) })
	sorted := make([]contract.Family, len(late))
	after := make([]uint32, len(late))
	for place, was := range before {
		sorted[place], after[was] = late[was], uint32(place)
	}
	report.record.Late = sorted
	return func(family uint32) uint32 {
		if family < first {
			return family
		}
		return first + after[family-first]
	}
}

func order(family, other uint32, labels, others []string) int {
	return cmp.Or(cmp.Compare(family, other), slices.Compare(labels, others))
}
