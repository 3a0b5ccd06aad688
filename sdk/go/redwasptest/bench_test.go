package redwasptest_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/log"
	"github.com/redwasp/redwasp/sdk/go/redwasptest"
)

// probe is a collector that does what a test says.
type probe struct {
	Gauge     redwasp.Family
	Labelled  redwasp.Family
	Latency   redwasp.Histogram
	Sizes     redwasp.Summary
	First     redwasp.Prefetched
	Second    redwasp.Prefetched
	Swept     redwasp.Swept
	Others    redwasp.Swept
	Amount    redwasp.Read
	HashField redwasp.Read
}

type run struct {
	sum    float64
	orders int
	others int
	kinds  []string
	pages  int
}

// What the next configure, collect, page and end do, besides what they always do.
var (
	onConfigure func(plan *redwasp.Plan) error
	onCollect   func(c *probe, request *redwasp.Request, report *redwasp.Report) error
	onPage      func(request *redwasp.Request) error
	onEnd       func(report *redwasp.Report)
)

var plugin = redwasp.ExportSweeper[struct{}, run](redwasp.Description{Name: "probe", Version: "1.0.0"}, &probe{})

func (c *probe) Configure(config struct{}, server redwasp.Server, plan *redwasp.Plan) error {
	c.Gauge = plan.Gauge("up_seconds", "A gauge.")
	c.Labelled = plan.Counter("commands_total", "A counter.", "cmd", "db")
	c.Latency = plan.Histogram("latency_seconds", "A histogram.", "cmd")
	c.Sizes = plan.Summary("sizes", "A summary.")
	c.First = plan.Prefetch(redwasp.NewCommand("LLEN", "waiting"))
	c.Second = plan.Prefetch(redwasp.NewCommand("LLEN").Arg([]byte("waiting")))
	plan.LatePrefix("late_")
	plan.Ask([]string{"GET"}, []string{"*"})
	sweep := redwasp.NewSweep("order:*").Types("hash", "string")
	c.Amount = sweep.Read(redwasp.NewKeyRead("HGET").After("amount").Only("hash"))
	c.HashField = sweep.Read(redwasp.NewKeyRead("OBJECT").Before("ENCODING"))
	c.Swept = plan.Sweep(sweep)
	c.Others = plan.Sweep(redwasp.NewSweep("*").Database(1))
	if onConfigure != nil {
		return onConfigure(plan)
	}
	return nil
}

func (c *probe) Collect(request *redwasp.Request, report *redwasp.Report) error {
	return onCollect(c, request, report)
}

func (c *probe) Begin(request *redwasp.Request) (*run, error) { return &run{}, nil }

func (c *probe) Page(run *run, request *redwasp.Request, page *redwasp.Page) error {
	run.pages++
	for key := range page.Keys() {
		if page.Is(c.Others) {
			run.others++
			continue
		}
		run.orders++
		run.kinds = append(run.kinds, key.Kind())
		if reply, ok, err := key.Reply(c.Amount); err != nil {
			return err
		} else if ok {
			amount, _ := reply.Number()
			run.sum += amount
		}
	}
	if onPage != nil {
		return onPage(request)
	}
	return nil
}

func (c *probe) End(run *run, complete bool, report *redwasp.Report) error {
	if onEnd != nil {
		onEnd(report)
	}
	report.Set(c.Gauge, run.sum)
	report.Warnf("%d orders of the kinds %v, %d others in %d pages, complete: %v", run.orders, run.kinds, run.others, run.pages, complete)
	return nil
}

func bench() *redwasptest.Bench { return redwasptest.NewBench(redwasptest.Server("redis", "7.0.15")) }

// collect lets a collect do something.
func collect(bench *redwasptest.Bench, what func(c *probe, request *redwasp.Request, report *redwasp.Report) error) (*redwasptest.Page, error) {
	onCollect = what
	return bench.Collect(plugin, "{}")
}

func TestTheSameCommandGetsTheFirstReplyThenTheSecond(t *testing.T) {
	for replies, expected := range map[int][2]int64{1: {1, 1}, 2: {1, 2}, 3: {1, 2}} {
		bench := bench()
		for i := range replies {
			bench.Reply("LLEN waiting", redwasptest.Integer(int64(i+1)))
		}
		_, err := collect(bench, func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
			for i, prefetched := range []redwasp.Prefetched{c.First, c.Second} {
				reply, err := request.Reply(prefetched)
				if err != nil {
					return err
				}
				if integer, _ := reply.Integer(); integer != expected[i] {
					t.Errorf("of %d replies number %d is %d", replies, i, integer)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestErrorsCrossByTheirType(t *testing.T) {
	for _, expected := range []redwasp.CallError{
		redwasp.Denied("grant it"), redwasp.Limit("too much"), redwasp.Timeout{}, redwasp.Unreachable("gone"),
		redwasp.ServerError{Code: "WRONGTYPE", Message: "not a list"}, redwasp.OtherError("new"),
	} {
		_, err := collect(bench().Error("LLEN waiting", expected), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
			_, err := request.Reply(c.First)
			return err
		})
		if !errors.Is(err, expected) {
			t.Errorf("%v is not %v", err, expected)
		}
	}
	if text := (redwasp.ServerError{Code: "NOAUTH"}).Error(); text != "NOAUTH" {
		t.Error(text)
	}
	_, err := collect(bench().Reply("LLEN waiting", redwasptest.Error("WRONGTYPE not a list")),
		func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
			_, err := request.Reply(c.First)
			return err
		})
	if !errors.Is(err, redwasp.ServerError{Code: "WRONGTYPE", Message: "not a list"}) {
		t.Error(err)
	}
	_, err = collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
		return redwasp.NotApplicable("nothing here")
	})
	if !errors.Is(err, redwasp.NotApplicable("nothing here")) {
		t.Error(err)
	}
}

// What the author says of an error is told, too.
func TestAWrappedErrorIsToldWithItsContext(t *testing.T) {
	for err, expected := range map[redwasp.CallError]redwasp.CallError{
		redwasp.Denied("grant it"):  redwasp.Denied("queue: grant it"),
		redwasp.Limit("too much"):   redwasp.Limit("queue: too much"),
		redwasp.Timeout{}:           redwasp.OtherError("queue: no reply in time"),
		redwasp.Unreachable("gone"): redwasp.Unreachable("queue: gone"),
		redwasp.ServerError{Code: "WRONGTYPE", Message: "not a list"}: redwasp.OtherError("queue: WRONGTYPE not a list"),
		redwasp.OtherError("new"):                                     redwasp.OtherError("queue: new"),
	} {
		_, told := collect(bench().Error("LLEN waiting", err), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
			_, err := request.Reply(c.First)
			return fmt.Errorf("queue: %w", err)
		})
		if !errors.Is(told, expected) {
			t.Errorf("%v is not %v", told, expected)
		}
	}
}

func TestRefusals(t *testing.T) {
	defer func() { onConfigure = nil }()
	for _, expected := range []error{
		redwasp.NotApplicable("a sentinel has no keys"),
		redwasp.Invalid{{Pointer: "/a", Message: "b"}, {Pointer: "/c", Message: "d"}},
		errors.New("plain"),
	} {
		var invalid redwasp.Invalid
		var notApplicable redwasp.NotApplicable
		onConfigure = func(*redwasp.Plan) error { return expected }
		_, err := bench().Collect(plugin, "{}")
		var refused redwasptest.Refused
		if !errors.As(err, &refused) || refused.Err.Error() != expected.Error() {
			t.Error(err)
		}
		if errors.As(err, &invalid) != errors.As(expected, &invalid) || errors.As(err, &notApplicable) != errors.As(expected, &notApplicable) {
			t.Errorf("%v is told as %T", expected, refused.Err)
		}
	}
}

// A panic is shown with the author's lines, and with no others.
func TestAPanicIsAFailureWithItsPlace(t *testing.T) {
	_, err := collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
		var values []int
		_ = fmt.Sprint(values[len(os.Args)])
		return nil
	})
	lines := strings.Split(err.Error(), "\n")
	if !strings.HasPrefix(lines[0], "collect failed: panic: runtime error: index out of range [") ||
		!strings.HasPrefix(lines[1], "  at bench_test.go:") || strings.Contains(err.Error(), "plugin.go") ||
		strings.Contains(err.Error(), "panic.go") {
		t.Error(err)
	}
	// Frames of the standard library would leave no room for the author's.
	_, err = collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
		_ = regexp.MustCompile("a*").ReplaceAllStringFunc("aaa", func(string) string {
			return strings.Map(func(rune) rune { panic("deep") }, "x")
		})
		return nil
	})
	if frames := strings.Count(err.Error(), "at bench_test.go:"); frames != 4 || strings.Contains(err.Error(), "regexp.go") ||
		strings.Contains(err.Error(), "strings.go") {
		t.Error(err)
	}
	_, err = collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
		_ = strings.Repeat("x", -len(os.Args))
		return nil
	})
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 4 || !strings.Contains(lines[1], "(strings.Repeat)") ||
		!strings.HasPrefix(lines[2], "  at bench_test.go:") {
		t.Error(err)
	}
	onConfigure = func(*redwasp.Plan) error { panic(errors.New("broken")) }
	defer func() { onConfigure = nil }()
	_, err = bench().Collect(plugin, "{}")
	var invalid redwasp.Invalid
	if errors.As(err, &invalid) || !strings.HasPrefix(err.Error(), "configure refused: panic: broken\n  at bench_test.go:") {
		t.Error(err)
	}
}

func TestAWrongNumberOfLabelsNamesTheFamily(t *testing.T) {
	for text, set := range map[string]func(c *probe, report *redwasp.Report){
		"the family commands_total has the labels [cmd, db], and was given 1 values for them": func(c *probe, report *redwasp.Report) { report.Set(c.Labelled, 1, "get") },
		"the family up_seconds has the labels [], and was given 1 values for them":            func(c *probe, report *redwasp.Report) { report.Set(c.Gauge, 1, "get") },
		"the family late_a has the labels [x], and was given 0 values for them": func(c *probe, report *redwasp.Report) {
			report.Set(report.Late(redwasp.KindGauge, "late_a", "", "x"), 1)
		},
		"no family has the handle 0": func(c *probe, report *redwasp.Report) { report.Set(0, 1) },
		"no family has the handle 5": func(c *probe, report *redwasp.Report) { report.Set(5, 1) },
	} {
		_, err := collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
			set(c, report)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), "at bench_test.go:") {
			t.Error(err)
		}
	}
}

func TestAPageHasAllKindsSorted(t *testing.T) {
	page, err := collect(bench().At(1500), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
		buckets := redwasp.NewBuckets(0.5, 1)
		for _, value := range []float64{0.5, 0.7, 3} {
			buckets.Observe(value)
		}
		report.Histogram(c.Latency, buckets, "get")
		report.Summary(c.Sizes, []redwasp.Quantile{{Quantile: 0.9, Value: 7}}, 8, 9)
		report.Set(c.Labelled, 2, "set", "0")
		report.Set(c.Labelled, 1, "get", "1")
		late := report.Late(redwasp.KindInfo, "late_z", "Z.", "a")
		report.Set(report.Late(redwasp.KindGauge, "late_b", "B."), 5)
		report.Set(late, 1, `x"\`)
		if again := report.Late(redwasp.KindInfo, "late_z", "Other.", "a"); again != late {
			t.Error("a late family is there twice")
		}
		report.Set(c.Gauge, float64(request.UnixMs()))
		if report.Series() != 5+3+5 {
			t.Error(report.Series())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	expected := `# HELP redis_commands_total A counter.
# TYPE redis_commands_total counter
redis_commands_total{cmd="get",db="1"} 1
redis_commands_total{cmd="set",db="0"} 2
# HELP redis_late_b B.
# TYPE redis_late_b gauge
redis_late_b 5
# HELP redis_late_z Z.
# TYPE redis_late_z gauge
redis_late_z{a="x\"\\"} 1
# HELP redis_latency_seconds A histogram.
# TYPE redis_latency_seconds histogram
redis_latency_seconds_bucket{cmd="get",le="0.5"} 1
redis_latency_seconds_bucket{cmd="get",le="1"} 2
redis_latency_seconds_bucket{cmd="get",le="+Inf"} 3
redis_latency_seconds_sum{cmd="get"} 4.2
redis_latency_seconds_count{cmd="get"} 3
# HELP redis_sizes A summary.
# TYPE redis_sizes summary
redis_sizes{quantile="0.9"} 7
redis_sizes_sum 8
redis_sizes_count 9
# HELP redis_up_seconds A gauge.
# TYPE redis_up_seconds gauge
redis_up_seconds 1500
`
	if page.Text("redis") != expected {
		t.Error(page.Text("redis"))
	}
}

// The host may take samples in any order, but a report that depends on the order of a map would differ from time to time.
func TestTheOrderOfAMapMakesNoDifference(t *testing.T) {
	labels := map[string]float64{}
	for i := range 20 {
		labels[fmt.Sprint(i)] = float64(i)
	}
	texts := map[string]bool{}
	for range 5 {
		page, err := collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
			for label, value := range labels {
				report.Set(report.Late(redwasp.KindGauge, "late_"+label, ""), value)
				report.Set(c.Labelled, value, label, "0")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		texts[page.Text("redis")] = true
	}
	if len(texts) != 1 {
		t.Errorf("%d different pages", len(texts))
	}
}

// Their values, and the = behind a name, make no difference.
func TestLabelsAreSortedByTheirNames(t *testing.T) {
	page, err := collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
		report.Set(report.Late(redwasp.KindGauge, "late_a", "A.", "b", "a1", "a"), 1, "x", "y", "z")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := page.Text("redis"); !strings.Contains(text, `redis_late_a{a="z",a1="y",b="x"} 1`) {
		t.Error(text)
	}
}

func TestStateGoesFromCollectToCollect(t *testing.T) {
	type kept struct{ Calls map[string]int }
	count := func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
		state := kept{map[string]int{}}
		if request.Saved(&state) != (state.Calls["all"] > 0) {
			t.Error("Saved says there is something when there is nothing")
		}
		state.Calls["all"]++
		report.Set(c.Gauge, float64(state.Calls["all"]))
		return report.Keep(state)
	}
	first, err := collect(bench(), count)
	if err != nil {
		t.Fatal(err)
	}
	second, err := collect(bench().After(first), count)
	if err != nil {
		t.Fatal(err)
	}
	if value, _ := second.Value("up_seconds", nil); value != 2 {
		t.Error(value)
	}
	quiet, err := collect(bench().After(first), func(*probe, *redwasp.Request, *redwasp.Report) error { return nil })
	if err != nil || quiet.State() != nil {
		t.Error("a collect that saves nothing has a state", err)
	}
}

func TestWhatTheDaemonWouldNotTakeIsMalformed(t *testing.T) {
	for expected, what := range map[string]func(report *redwasp.Report){
		`family "redis_late_a-b": not a metric name: letters, digits and _ are, and no digit first`: func(report *redwasp.Report) { report.Late(redwasp.KindGauge, "late_a-b", "") },
		`family "redis_late_a_sum": only a histogram or a summary may own the suffix _sum`:          func(report *redwasp.Report) { report.Late(redwasp.KindGauge, "late_a_sum", "") },
		`late family "other" begins with no reserved prefix`:                                        func(report *redwasp.Report) { report.Late(redwasp.KindGauge, "other", "") },
		`family "redis_sizes_count": "redis_sizes_count" is declared twice`:                         func(report *redwasp.Report) { report.Late(redwasp.KindGauge, "sizes_count", "") },
		`family "redis_late_a": "redis_late_a" is declared twice`: func(report *redwasp.Report) {
			report.Late(redwasp.KindGauge, "late_a", "")
			report.Late(redwasp.KindCounter, "late_a", "")
		},
		`family "redis_late_a": a single value for a histogram or a summary`: func(report *redwasp.Report) {
			report.Set(report.Late(redwasp.KindSummary, "late_a", ""), 1)
		},
		`family "redis_late_a": a histogram or a summary for a family of single values`: func(report *redwasp.Report) {
			report.Histogram(report.LateHistogram(redwasp.KindGauge, "late_a", ""), redwasp.NewBuckets())
		},
		`family "redis_late_b": a histogram or a summary for a family of single values`: func(report *redwasp.Report) {
			report.Summary(redwasp.Summary(report.Late(redwasp.KindGauge, "late_b", "")), nil, 0, 0)
		},
		`family "redis_late_c": a histogram or a summary for a family of single values`: func(report *redwasp.Report) {
			report.Histogram(redwasp.Histogram(report.LateSummary("late_c", "")), redwasp.NewBuckets())
		},
		`family "redis_late_a": quantiles are not ascending`: func(report *redwasp.Report) {
			report.Summary(report.LateSummary("late_a", ""), []redwasp.Quantile{{Quantile: 0.9}, {Quantile: 0.5}}, 0, 0)
		},
		`family "redis_late_a": buckets are not ascending and cumulative`: func(report *redwasp.Report) {
			report.HistogramOf(report.LateHistogram(redwasp.KindHistogram, "late_a", ""), []redwasp.Bucket{{Bound: 1, Count: 1}, {Bound: 1, Count: 2}}, 0, 2)
		},
		`family "redis_late_b": buckets are not ascending and cumulative`: func(report *redwasp.Report) {
			report.HistogramOf(report.LateHistogram(redwasp.KindHistogram, "late_b", ""), []redwasp.Bucket{{Bound: 1, Count: 2}, {Bound: 2, Count: 1}}, 0, 2)
		},
		`family "redis_late_c": buckets are not ascending and cumulative`: func(report *redwasp.Report) {
			report.HistogramOf(report.LateHistogram(redwasp.KindGaugeHistogram, "late_c", ""), []redwasp.Bucket{{Bound: 1, Count: 3}}, 0, 2)
		},
		"a state of 65537 bytes, more than the 65536 allowed (limits.state)": func(report *redwasp.Report) {
			report.Save(make([]byte, 65_537))
		},
		"504 families, more than the 500 allowed (limits.families)": func(report *redwasp.Report) {
			for i := range 500 {
				report.Late(redwasp.KindGauge, fmt.Sprintf("late_%d", i), "")
			}
		},
		"10002 samples, more than the 10000 allowed (limits.samples)": func(report *redwasp.Report) {
			var buckets []redwasp.Bucket
			for i := range 9999 {
				buckets = append(buckets, redwasp.Bucket{Bound: float64(i)})
			}
			report.HistogramOf(report.LateHistogram(redwasp.KindHistogram, "late_a", ""), append(buckets, redwasp.Bucket{Bound: math.Inf(1)}), 0, 0)
		},
		"10001 samples, more than the 10000 allowed (limits.samples)": func(report *redwasp.Report) {
			late := report.Late(redwasp.KindGauge, "late_a", "")
			for range 10_001 {
				report.Set(late, 1)
			}
		},
	} {
		_, err := collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
			what(report)
			return nil
		})
		if err != redwasptest.Malformed(expected) {
			t.Errorf("%v\nand not %s", err, expected)
		}
	}
}

// A bucket of +Inf is the count: what says another is refused as the daemon refuses it.
func TestTheBucketOfInfinityIsTheCount(t *testing.T) {
	infinity := math.Inf(1)
	for _, each := range []struct {
		buckets []redwasp.Bucket
		count   uint64
		isTaken bool
	}{
		{[]redwasp.Bucket{{Bound: 1, Count: 1}}, 2, true},
		{[]redwasp.Bucket{{Bound: 1, Count: 1}, {Bound: infinity, Count: 2}}, 2, true},
		{[]redwasp.Bucket{{Bound: 1, Count: 1}, {Bound: infinity, Count: 1}}, 2, false},
		{[]redwasp.Bucket{{Bound: 1, Count: 1}, {Bound: infinity, Count: 3}}, 2, false},
		{[]redwasp.Bucket{{Bound: 1, Count: 3}, {Bound: infinity, Count: 2}}, 2, false},
		{[]redwasp.Bucket{{Bound: 1, Count: 1}, {Bound: infinity, Count: 2}, {Bound: infinity, Count: 2}}, 2, false},
		{[]redwasp.Bucket{{Bound: math.NaN(), Count: 1}}, 2, false},
		{[]redwasp.Bucket{{Bound: math.NaN(), Count: 2}}, 2, false},
		{[]redwasp.Bucket{{Bound: 1, Count: 1}, {Bound: math.NaN(), Count: 2}}, 2, false},
	} {
		page, err := collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
			report.HistogramOf(c.Latency, each.buckets, 3, each.count, "get")
			return nil
		})
		switch {
		case !each.isTaken:
			if err != redwasptest.Malformed(`family "redis_latency_seconds": buckets are not ascending and cumulative`) {
				t.Errorf("%v of %d: %v", each.buckets, each.count, err)
			}
		case err != nil:
			t.Errorf("%v of %d: %v", each.buckets, each.count, err)
		default:
			expected := `# HELP redis_latency_seconds A histogram.
# TYPE redis_latency_seconds histogram
redis_latency_seconds_bucket{cmd="get",le="1"} 1
redis_latency_seconds_bucket{cmd="get",le="+Inf"} 2
redis_latency_seconds_sum{cmd="get"} 3
redis_latency_seconds_count{cmd="get"} 2
`
			if text := page.Text("redis"); text != expected {
				t.Errorf("%v: %s", each.buckets, text)
			}
		}
	}
}

func TestAStateOf64KiBIsTaken(t *testing.T) {
	page, err := collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
		report.Save(make([]byte, 64<<10))
		return nil
	})
	if err != nil || len(page.State()) != 64<<10 {
		t.Error(err)
	}
}

func TestPipelinesAreAnsweredAndCounted(t *testing.T) {
	_, err := collect(bench().Reply("GET a", redwasptest.Bulk("1")).Nodes(redwasp.Node{ID: "n", Role: "master", Slots: [][2]uint32{{1, 2}}, Extra: [][2]string{{"zone", "a"}}}),
		func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
			replies, err := request.PipelineOn(redwasp.OwnerOf("a"), redwasp.NewCommand("GET", "a"), redwasp.NewCommand("GET", "b"))
			if err != nil || replies.Len() != 2 {
				t.Error(replies, err)
			}
			if reply, err := replies.Reply(0); err != nil {
				t.Error(err)
			} else if text, _ := reply.Text(); text != "1" {
				t.Error(text)
			}
			if _, err := replies.Bytes(1); err != redwasp.Denied("the bench has no reply to GET b") {
				t.Error(err)
			}
			if remaining := request.Remaining(); remaining.Calls != 63 || remaining.Commands != 1022 || remaining.Bytes != 16<<20-7 {
				t.Error(remaining)
			}
			if nodes, err := request.Nodes(); err != nil || len(nodes) != 1 || nodes[0].Slots[0] != [2]uint32{1, 2} || nodes[0].Extra[0][1] != "a" {
				t.Error(nodes, err)
			}
			if remaining := request.Remaining(); remaining.Calls != 62 {
				t.Error("nodes is a call too", remaining)
			}
			_, err = request.Pipeline(make([]redwasp.Command, 1023)...)
			if err != redwasp.Limit("more than 1024 commands in one collect (limits.commands)") {
				t.Error(err)
			}
			for range 61 {
				if _, err := request.Pipeline(); err != nil {
					t.Error(err)
				}
			}
			if remaining := request.Remaining(); remaining.Calls != 0 {
				t.Error(remaining)
			}
			if _, err := request.Nodes(); err != redwasp.Limit("more than 64 calls (limits.calls)") {
				t.Error(err)
			}
			_, err = request.Pipeline()
			return err
		})
	if !errors.Is(err, redwasp.Limit("more than 64 calls (limits.calls)")) {
		t.Error(err)
	}
}

func TestTheLogIsKept(t *testing.T) {
	page, err := collect(bench(), func(*probe, *redwasp.Request, *redwasp.Report) error {
		log.Debug("skipped", "queue", "mail", "why", "empty")
		log.Error("odd", "alone")
		return nil
	})
	if err != nil || !slices.Equal(page.Logs(), []string{"debug skipped queue=mail why=empty", "error odd alone="}) {
		t.Error(page.Logs(), err)
	}
}
