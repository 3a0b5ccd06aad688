package redwasp_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
	"github.com/redwasp/redwasp/sdk/go/log"
	"github.com/redwasp/redwasp/sdk/go/redwasptest"
)

// tester does in each call what a test says.
type tester struct{ Gauge redwasp.Family }

var (
	configures func(*redwasp.Plan) error
	collects   func(*tester, *redwasp.Request, *redwasp.Report) error
)

func (c *tester) Configure(config struct{}, server redwasp.Server, plan *redwasp.Plan) error {
	c.Gauge = plan.Gauge("a", "", "x")
	if configures != nil {
		return configures(plan)
	}
	return nil
}

func (c *tester) Collect(request *redwasp.Request, report *redwasp.Report) error {
	return collects(c, request, report)
}

// collected is the page of a plugin that does so.
func collected(bench *redwasptest.Bench, configure func(*redwasp.Plan) error, collect func(*tester, *redwasp.Request, *redwasp.Report) error) (*redwasptest.Page, error) {
	configures, collects = configure, collect
	defer func() { configures, collects = nil, nil }()
	plugin := redwasp.Export[struct{}](redwasp.Description{Name: "tester", Version: "1.0.0"}, &tester{})
	return bench.Collect(plugin, "")
}

func bench() *redwasptest.Bench { return redwasptest.NewBench(redwasptest.Server("redis", "7.0.15")) }

// A host takes nothing but UTF-8: the call would end.
func TestTextsThatAreNotUTF8AreEscaped(t *testing.T) {
	page, err := collected(bench(),
		func(plan *redwasp.Plan) error {
			plan.Problem("/\xff", "no \xfe")
			return nil
		},
		func(c *tester, request *redwasp.Request, report *redwasp.Report) error {
			report.Set(c.Gauge, 1, "ä\xff")
			report.Warn("key \xc3 is odd")
			log.Info("line \xff", "\xfe", "\xfd")
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := page.Value("a", map[string]string{"x": `ä\xff`}); !ok {
		t.Error(page.Text("redis"))
	}
	if warnings := page.Warnings(); warnings[0] != `key \xc3 is odd` {
		t.Error(warnings)
	}
	if problems := page.Problems(); problems[0] != (redwasp.Problem{Pointer: `/\xff`, Message: `no \xfe`}) {
		t.Error(problems)
	}
	if logs := page.Logs(); logs[0] != `info line \xff \xfe=\xfd` {
		t.Error(logs)
	}
	_, err = collected(bench(), nil, func(*tester, *redwasp.Request, *redwasp.Report) error { return errors.New("bad \xff") })
	if err == nil || err.Error() != `collect failed: bad \xff` {
		t.Errorf("%q", err)
	}
	_, err = collected(bench(), func(*redwasp.Plan) error { return redwasp.Invalid{{Message: "bad \xff"}} }, nil)
	if err == nil || err.Error() != `configure refused: bad \xff` {
		t.Errorf("%q", err)
	}
}

// Authors use one slice for many samples.
func TestWhatIsGivenIsCopied(t *testing.T) {
	values, state := []string{""}, []byte("1")
	page, err := collected(bench(),
		func(plan *redwasp.Plan) error {
			plan.LatePrefix("late_")
			return nil
		},
		func(c *tester, request *redwasp.Request, report *redwasp.Report) error {
			sizes, times := report.LateSummary("late_a", "", "x"), report.LateHistogram(redwasp.KindHistogram, "late_b", "", "x")
			for _, value := range []string{"one", "two"} {
				values[0] = value
				report.Set(c.Gauge, 1, values...)
				report.Summary(sizes, nil, 1, 1, values...)
				report.Histogram(times, redwasp.NewBuckets(), values...)
			}
			report.Save(state)
			state[0] = '2'
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	text := page.Text("redis")
	for _, line := range []string{`redis_a{x="one"} 1`, `redis_late_a_count{x="one"} 1`, `redis_late_b_count{x="one"} 0`} {
		if !strings.Contains(text, line) {
			t.Errorf("%s is not in\n%s", line, text)
		}
	}
	if string(page.State()) != "1" {
		t.Errorf("%s", page.State())
	}
}

func TestWhatAPlanIsGivenIsCopied(t *testing.T) {
	names, commands, keys, databases, arg := []string{"x"}, []string{"GET"}, []string{"k"}, []uint32{1}, []byte("ALL")
	configures = func(plan *redwasp.Plan) error {
		plan.Gauge("named", "", names...)
		plan.Ask(commands, keys, databases...)
		plan.Prefetch(redwasp.NewCommand("INFO").Arg(arg))
		names[0], commands[0], keys[0], databases[0], arg[0] = "y", "SET", "l", 2, 'X'
		return nil
	}
	defer func() { configures = nil }()
	plan := redwasp.Export[struct{}](redwasp.Description{}, &tester{}).Guest().Configure("", contract.Server{}).Plan
	if ask := plan.Asks[0]; ask.Commands[0] != "GET" || ask.Keys[0] != "k" || ask.Databases[0] != 1 {
		t.Error(ask)
	}
	if plan.Families[1].LabelNames[0] != "x" || string(plan.Prefetch[0].Args[1]) != "ALL" {
		t.Error(plan.Families[1], plan.Prefetch[0])
	}
}

type deep struct{ Sets []deepSet }

type deepSet struct {
	Key   string
	count redwasp.Prefetched
}

func (c *deep) Configure(config struct{}, server redwasp.Server, plan *redwasp.Plan) error {
	c.Sets = []deepSet{{"a", plan.Prefetch(redwasp.InfoCommand())}}
	_ = c.Sets[0].count
	return nil
}

func (c *deep) Collect(request *redwasp.Request, report *redwasp.Report) error { return nil }

func TestANestedFieldThatDoesNotTravelIsToldOf(t *testing.T) {
	plugin := redwasp.Export[struct{}](redwasp.Description{Name: "deep"}, &deep{})
	_, err := bench().Collect(plugin, "")
	expected := "configure refused: the field Sets[].count of redwasp_test.deep does not reach Collect: its name has to begin with a capital letter"
	if err == nil || err.Error() != expected {
		t.Error(err)
	}
}

// A new version of a plugin is given what the old one kept.
func TestStateOfAnotherTypeIsNone(t *testing.T) {
	keep := func(value any) *redwasptest.Page {
		page, err := collected(bench(), nil, func(c *tester, request *redwasp.Request, report *redwasp.Report) error { return report.Keep(value) })
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	type counts struct{ Hits, Misses uint64 }
	for _, page := range []*redwasptest.Page{keep(struct{ Misses, Hits uint64 }{1, 2}), keep([]uint64{7}), keep("text")} {
		_, err := collected(bench().After(page), nil, func(c *tester, request *redwasp.Request, report *redwasp.Report) error {
			kept := counts{3, 4}
			if request.Saved(&kept) || kept != (counts{3, 4}) {
				t.Error(kept)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	_, err := collected(bench(), nil, func(c *tester, request *redwasp.Request, report *redwasp.Report) error {
		return report.Keep(deep{})
	})
	if err == nil || !strings.Contains(err.Error(), "the state cannot be kept: the field Sets[].count of redwasp_test.deep is none that is exported") {
		t.Error(err)
	}
}

type queues struct{ Waits chan int }

type waits struct{}

func (*waits) Configure(config queues, server redwasp.Server, plan *redwasp.Plan) error { return nil }

func (*waits) Collect(request *redwasp.Request, report *redwasp.Report) error { return nil }

func TestATypeThatIsNoConfigurationIsToldAtOnce(t *testing.T) {
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "redwasp_test.queues.Waits") {
			t.Error(text)
		}
	}()
	redwasp.Export[queues](redwasp.Description{}, &waits{})
}

// Without a Sweeper nobody could be shown the keys: the walk would fail on every server.
func TestAPlanWithSweepsNeedsASweeper(t *testing.T) {
	_, err := collected(bench(), func(plan *redwasp.Plan) error {
		plan.Sweep(redwasp.NewSweep("*"))
		return nil
	}, nil)
	expected := "configure refused: the plan has sweeps, and the collector walks no keys: redwasp.ExportSweeper exports one that does"
	if err == nil || err.Error() != expected {
		t.Error(err)
	}
}
