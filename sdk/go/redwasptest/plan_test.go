package redwasptest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/redwasptest"
)

// times does something so many times.
func times(count int, what func(place int)) {
	for place := range count {
		what(place)
	}
}

func TestPlansHaveTheBoundsOfTheDaemon(t *testing.T) {
	long := strings.Repeat("k", 1025)
	for expected, declare := range map[string]func(plan *redwasp.Plan){
		`scope "twice" is none of node, primary, once`: func(plan *redwasp.Plan) { plan.Scope("twice") },
		"501 families, more than the 500 allowed (limits.families)": func(plan *redwasp.Plan) {
			times(501, func(place int) { plan.Gauge(fmt.Sprint(place), "") })
		},
		fmt.Sprintf("family %q: a name of 1031 bytes, more than the 256 allowed", "redis_"+long): func(plan *redwasp.Plan) { plan.Gauge(long, "") },
		"MGET has more than 10000 arguments: send it in parts; no grant allows it": func(plan *redwasp.Plan) {
			plan.Prefetch(redwasp.NewCommand("MGET", slices.Repeat([]string{"a"}, 10_000)...))
		},
		"asks[0].keys: a pattern of 1025 bytes matches nothing: 1024 are taken": func(plan *redwasp.Plan) {
			plan.Ask([]string{"GET"}, []string{long})
		},
		"257 sweeps, more than the 256 allowed": func(plan *redwasp.Plan) {
			times(257, func(int) { plan.Sweep(redwasp.NewSweep("*")) })
		},
		"17 reads in a sweep, more than the 16 allowed": func(plan *redwasp.Plan) {
			sweep := redwasp.NewSweep("*")
			times(17, func(int) { sweep.Read(redwasp.NewKeyRead("GET")) })
			plan.Sweep(sweep)
		},
		"a pattern of a sweep with 1025 bytes: 1024 are taken": func(plan *redwasp.Plan) { plan.Sweep(redwasp.NewSweep(long)) },
	} {
		declares = declare
		if _, err := played().Collect(vectorPlugin, "{}"); err != redwasptest.PlanRefused(expected) {
			t.Errorf("%v\nand not %s", err, expected)
		}
	}
}

// What operators may raise is theirs to say.
func TestAPlanMayHaveManyLabelsAndCommands(t *testing.T) {
	declares = func(plan *redwasp.Plan) {
		var labels []string
		times(33, func(place int) { labels = append(labels, fmt.Sprint("x", place)) })
		plan.Gauge("a", "", labels...)
		times(1025, func(int) { plan.Prefetch(redwasp.InfoCommand()) })
	}
	sends = redwasp.NewCommand("DBSIZE")
	if _, err := played().Collect(vectorPlugin, "{}"); err != nil {
		t.Error(err)
	}
}

// The daemon knows where XREAD has its key; the bench does not, and says nothing.
func TestAReadOfASweepMayHaveItsKeyAtNoFixedPlace(t *testing.T) {
	declares = func(plan *redwasp.Plan) {
		sweep := redwasp.NewSweep("*")
		sweep.Read(redwasp.NewKeyRead("XREAD").Before("COUNT", "1", "STREAMS").After("0"))
		plan.Sweep(sweep)
	}
	if _, err := played().Sweep(vectorPlugin, "{}"); err != nil {
		t.Error(err)
	}
}

func TestADenialShowsBytesThatCanBeRead(t *testing.T) {
	key := "\xff\t'\"\\ " + strings.Repeat("k", 60)
	shown := `\xff\t\'\"\\ ` + strings.Repeat("k", 58) + "…"
	_, err := collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
		replies, err := request.Pipeline(redwasp.NewCommand("LLEN", key))
		if err != nil {
			return err
		}
		_, err = replies.Reply(0)
		return err
	})
	expected := "collect failed: LLEN " + shown + " is not among what the plugin asks for: let its plan ask for LLEN, with patterns that its keys fit"
	if err == nil || err.Error() != expected {
		t.Errorf("%v\nand not %s", err, expected)
	}
}

func TestASeriesThatIsGivenTwiceIsTold(t *testing.T) {
	for expected, what := range map[string]func(c *probe, report *redwasp.Report){
		`family "redis_commands_total": the series {cmd="get",db="0"} is given twice; the daemon keeps the first`: func(c *probe, report *redwasp.Report) {
			report.Set(c.Labelled, 1, "get", "0")
			report.Set(c.Labelled, 1, "get", "1")
			report.Set(c.Labelled, 2, "get", "0")
		},
		`family "redis_up_seconds": the series is given twice; the daemon keeps the first`: func(c *probe, report *redwasp.Report) {
			report.Set(c.Gauge, 1)
			report.Set(c.Gauge, 1)
		},
		`family "redis_latency_seconds": the series {cmd="get"} is given twice; the daemon keeps the first`: func(c *probe, report *redwasp.Report) {
			report.Histogram(c.Latency, redwasp.NewBuckets(), "get")
			report.Histogram(c.Latency, redwasp.NewBuckets(1), "get")
		},
		`family "redis_sizes": the series is given twice; the daemon keeps the first`: func(c *probe, report *redwasp.Report) {
			report.Summary(c.Sizes, nil, 1, 1)
			report.Summary(c.Sizes, nil, 1, 1)
		},
	} {
		_, err := collect(bench(), func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
			what(c, report)
			return nil
		})
		if err != redwasptest.Malformed(expected) {
			t.Errorf("%v\nand not %s", err, expected)
		}
	}
}
