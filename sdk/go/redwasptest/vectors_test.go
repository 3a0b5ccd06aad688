package redwasptest_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/redwasptest"
)

// vectors are what the daemon says of plans and of commands of pipelines: its own tests pass with the same file.
type vectors struct {
	Plans []struct {
		Plan    writtenPlan `json:"plan"`
		Refused string      `json:"refused"`
	} `json:"plans"`
	Pipelines []struct {
		Asks     []writtenAsk `json:"asks"`
		Database uint32       `json:"database"`
		Command  []string     `json:"command"`
		Denied   string       `json:"denied"`
	} `json:"pipelines"`
}

type writtenPlan struct {
	Families []struct {
		Name   string   `json:"name"`
		Kind   string   `json:"kind"`
		Labels []string `json:"labels"`
	} `json:"families"`
	Asks     []writtenAsk `json:"asks"`
	Prefetch [][]string   `json:"prefetch"`
	Sweeps   []struct {
		Pattern string `json:"pattern"`
		Reads   []struct {
			Before []string `json:"before"`
			After  []string `json:"after"`
		} `json:"reads"`
	} `json:"sweeps"`
}

type writtenAsk struct {
	Commands  []string `json:"commands"`
	Keys      []string `json:"keys"`
	Databases []uint32 `json:"databases"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	var read vectors
	text, err := os.ReadFile("../../plan-vectors.json")
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil || len(read.Plans) < 30 || len(read.Pipelines) < 10 {
		t.Fatal(err, len(read.Plans), len(read.Pipelines))
	}
	return read
}

// What the plan of a vector is, which command is sent, and what it got where.
var (
	declares func(*redwasp.Plan)
	sends    redwasp.Command
	told     = map[string]error{}
)

var vectorPlugin = redwasp.ExportSweeper[struct{}, struct{}](redwasp.Description{Name: "vector", Version: "1.0.0"}, &vectorCollector{})

// vectorCollector declares that plan, and sends the command wherever it can.
type vectorCollector struct{}

func (c *vectorCollector) Configure(config struct{}, server redwasp.Server, plan *redwasp.Plan) error {
	declares(plan)
	return nil
}

func (c *vectorCollector) Collect(request *redwasp.Request, report *redwasp.Report) error {
	return send("collect", request)
}

func (c *vectorCollector) Begin(request *redwasp.Request) (*struct{}, error) {
	return &struct{}{}, send("begin", request)
}

func (c *vectorCollector) Page(run *struct{}, request *redwasp.Request, page *redwasp.Page) error {
	return send("page", request)
}

func (c *vectorCollector) End(run *struct{}, complete bool, report *redwasp.Report) error { return nil }

func send(from string, request *redwasp.Request) error {
	replies, err := request.Pipeline(redwasp.NewCommand("LASTSAVE"), sends)
	if err != nil {
		return err
	}
	if _, err := replies.Reply(0); err != nil {
		return err
	}
	_, told[from] = replies.Reply(1)
	return nil
}

func command(words []string) redwasp.Command {
	var command redwasp.Command
	for _, word := range words {
		command = command.Arg([]byte(word))
	}
	return command
}

func (written writtenPlan) declare(plan *redwasp.Plan) {
	kinds := map[string]redwasp.Kind{
		"gauge": redwasp.KindGauge, "counter": redwasp.KindCounter, "histogram": redwasp.KindHistogram, "summary": redwasp.KindSummary,
	}
	for _, family := range written.Families {
		plan.Family(kinds[family.Kind], family.Name, "", family.Labels...)
	}
	for _, ask := range written.Asks {
		plan.Ask(ask.Commands, ask.Keys, ask.Databases...)
	}
	for _, words := range written.Prefetch {
		plan.Prefetch(command(words))
	}
	for _, sweep := range written.Sweeps {
		declared := redwasp.NewSweep(sweep.Pattern)
		for _, read := range sweep.Reads {
			declared.Read(redwasp.NewKeyRead(read.Before[0]).Before(read.Before[1:]...).After(read.After...))
		}
		plan.Sweep(declared)
	}
}

// played is a bench with a reply to what is sent beside each command.
func played() *redwasptest.Bench { return bench().Reply("LASTSAVE", redwasptest.Integer(1)) }

func TestPlansAreRefusedAsTheDaemonRefusesThem(t *testing.T) {
	sends = redwasp.NewCommand("DBSIZE")
	for _, vector := range readVectors(t).Plans {
		declares, told = vector.Plan.declare, map[string]error{}
		var expected error
		if vector.Refused != "" {
			expected = redwasptest.PlanRefused(vector.Refused)
		}
		if _, err := played().Collect(vectorPlugin, "{}"); err != expected {
			t.Errorf("%+v: %v\nand not %v", vector.Plan, err, expected)
		}
		if _, err := played().Sweep(vectorPlugin, "{}"); err != expected {
			t.Errorf("%+v: %v\nand not %v", vector.Plan, err, expected)
		}
		if isCalled := len(told) > 0; isCalled != (vector.Refused == "") {
			t.Errorf("%+v: the collector was called: %v", vector.Plan, isCalled)
		}
	}
}

// A reply that the test has for a command makes no difference where the rules deny it; and where they do not, what the test
// says of it is what becomes of it.
func TestCommandsAreDeniedAsTheDaemonDeniesThem(t *testing.T) {
	for _, vector := range readVectors(t).Pipelines {
		sends, told = command(vector.Command).Database(vector.Database), map[string]error{}
		declares = func(plan *redwasp.Plan) {
			writtenPlan{Asks: vector.Asks}.declare(plan)
			plan.Sweep(redwasp.NewSweep("*"))
		}
		words := strings.Join(vector.Command, " ")
		for _, canned := range []error{nil, redwasp.Timeout{}} {
			bench, expected := played().Key(0, "k", "hash"), canned
			if canned == nil {
				bench.Reply(words, redwasptest.Integer(1))
			} else {
				bench.Timeout(words)
			}
			if vector.Denied != "" {
				expected = redwasp.Denied(vector.Denied)
			}
			_, err := bench.Collect(vectorPlugin, "{}")
			if err == nil {
				_, err = bench.Sweep(vectorPlugin, "{}")
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, from := range []string{"collect", "begin", "page"} {
				if told[from] != expected {
					t.Errorf("%s of %s: %v\nand not %v", words, from, told[from], expected)
				}
			}
		}
	}
}
