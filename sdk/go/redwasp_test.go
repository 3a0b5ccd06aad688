package redwasp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
	"github.com/redwasp/redwasp/sdk/go/redwasptest"
)

type hides struct {
	Shown  redwasp.Family
	hidden redwasp.Family
}

func (c *hides) Configure(config struct{}, server redwasp.Server, plan *redwasp.Plan) error {
	c.hidden = plan.Gauge("a", "")
	return nil
}

func (c *hides) Collect(request *redwasp.Request, report *redwasp.Report) error { return nil }

// Such a field would be left out without a word: in Collect the handle would be that of no family.
func TestAFieldThatDoesNotTravelIsToldOf(t *testing.T) {
	plugin := redwasp.Export[struct{}](redwasp.Description{Name: "hides"}, &hides{})
	_, err := redwasptest.NewBench(redwasptest.Server("redis", "7.0.15")).Collect(plugin, "")
	expected := "configure refused: the field hidden of redwasp_test.hides does not reach Collect: its name has to begin with a capital letter"
	if err == nil || err.Error() != expected {
		t.Error(err)
	}
}

func TestPreparedBytesOfAnotherVersionAreAFailure(t *testing.T) {
	plugin := redwasp.Export[struct{}](redwasp.Description{Name: "counts"}, &counts{})
	configured := plugin.Guest().Configure("", contract.Server{})
	if configured.Plan == nil {
		t.Fatal(configured.Refusal)
	}
	for _, bytes := range [][]byte{nil, []byte("other"), configured.Plan.Prepared[:3]} {
		failure := plugin.Guest().Collect(&contract.Request{Prepared: bytes}, nil).Failure
		if failure == nil || !strings.HasPrefix(failure.Text, "prepared bytes of another version: ") {
			t.Error(failure)
		}
	}
	collected := plugin.Guest().Collect(&contract.Request{Prepared: configured.Plan.Prepared}, nil)
	if collected.Report == nil || collected.Report.Samples[0].Value != 5 {
		t.Error(collected.Failure)
	}
	if _, failure := plugin.Guest().Begin(&contract.Request{Prepared: configured.Plan.Prepared}, nil); failure == nil {
		t.Error("a collector that walks no keys began to")
	}
}

type counts struct {
	Five  int
	Gauge redwasp.Family
}

func (c *counts) Configure(config struct{}, server redwasp.Server, plan *redwasp.Plan) error {
	c.Five, c.Gauge = 5, plan.Gauge("a", "")
	return nil
}

func (c *counts) Collect(request *redwasp.Request, report *redwasp.Report) error {
	report.Set(c.Gauge, float64(c.Five))
	return nil
}

// groups reports families as a map has them.
type groups struct{}

func (groups *groups) Configure(config struct{}, server redwasp.Server, plan *redwasp.Plan) error {
	plan.LatePrefix("late_")
	return nil
}

func (groups *groups) Collect(request *redwasp.Request, report *redwasp.Report) error {
	for name, value := range map[string]float64{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8} {
		report.Set(report.Late(redwasp.KindGauge, "late_"+name, ""), value)
		sizes := report.LateSummary("late_sizes_"+name, "")
		report.Summary(sizes, nil, value, 1)
		report.Histogram(report.LateHistogram(redwasp.KindHistogram, "late_times_"+name, ""), redwasp.NewBuckets(value))
	}
	return nil
}

// The same request gives the same report, to the byte.
func TestAReportDoesNotDependOnTheOrderOfAMap(t *testing.T) {
	plugin := redwasp.Export[struct{}](redwasp.Description{Name: "groups"}, &groups{})
	plan := plugin.Guest().Configure("", contract.Server{}).Plan
	reports := map[string]bool{}
	for range 10 {
		collected := plugin.Guest().Collect(&contract.Request{Prepared: plan.Prepared}, nil)
		for _, sample := range collected.Report.Samples {
			if name := collected.Report.Late[sample.Family].Name; name[5]-'a' != byte(sample.Value)-1 {
				t.Errorf("%s is %v", name, sample.Value)
			}
		}
		reports[string(contract.Write(contract.CollectedLayout, &collected).Bytes())] = true
	}
	if len(reports) != 1 {
		t.Errorf("%d different reports", len(reports))
	}
}

func TestACollectorIsAPointer(t *testing.T) {
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "pointer to a struct, and not redwasp_test.value") {
			t.Error(text)
		}
	}()
	redwasp.Export[struct{}](redwasp.Description{}, value{})
}

type value struct{}

func (value) Configure(config struct{}, server redwasp.Server, plan *redwasp.Plan) error { return nil }

func (value) Collect(request *redwasp.Request, report *redwasp.Report) error { return nil }

func info(t *testing.T, text string) redwasp.Info {
	t.Helper()
	reply, err := redwasp.Decode(redwasptest.Bulk(text))
	if err != nil {
		t.Fatal(err)
	}
	info, err := redwasp.NewInfo(reply)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestSectionsNamesAndValues(t *testing.T) {
	info := info(t, "before:0\r\n# A\r\na:1\r\n\r\n# B\r\nb:x:y\r\nnonsense\r\nempty:\r\n# A\r\n c:ok \r\n")
	expected := []redwasp.InfoField{{"", "before", "0"}, {"A", "a", "1"}, {"B", "b", "x:y"}, {"B", "empty", ""}, {"A", "c", "ok"}}
	if fields := slices.Collect(info.Fields()); !slices.Equal(fields, expected) {
		t.Error(fields)
	}
	if fields := slices.Collect(info.Section("A")); !slices.Equal(fields, []redwasp.InfoField{expected[1], expected[4]}) {
		t.Error(fields)
	}
	if value, ok := info.Get("empty"); value != "" || !ok {
		t.Error("the empty value is not there")
	}
	if _, ok := info.Get("none"); ok {
		t.Error("a value is there that is not")
	}
	if number, ok := info.Number("c"); number != 1 || !ok {
		t.Error(number, ok)
	}
	for name := range info.Fields() {
		if name.Name == "a" {
			break
		}
	}
}

func TestWordsAreNumbers(t *testing.T) {
	for text, expected := range map[string]float64{"ok": 1, "true": 1, "fail": 0, "err": 0, "false": 0, "0.10": 0.1} {
		if number, ok := redwasp.InfoNumber(text); number != expected || !ok {
			t.Errorf("%s is %v", text, number)
		}
	}
	for _, text := range []string{"", "up", "1e999", "10%"} {
		if _, ok := redwasp.InfoNumber(text); ok {
			t.Errorf("%s is a number", text)
		}
	}
}

func TestPartsOfAValue(t *testing.T) {
	var parts []string
	for name, value := range redwasp.InfoParts("keys=2,expires=,avg_ttl") {
		parts = append(parts, name+":"+value)
	}
	if !slices.Equal(parts, []string{"keys:2", "expires:", "avg_ttl:"}) {
		t.Error(parts)
	}
}
