// Package redwasptest tests a collector without a daemon: canned replies in, a page of metrics out.
//
//	page, err := redwasptest.NewBench(redwasptest.Server("redis", "7.0.15")).
//		Reply("INFO ALL", redwasptest.Bulk("# Stats\r\nkeyspace_hits:1\r\nkeyspace_misses:1\r\n")).
//		Collect(plugin, "{}")
//
// Everything goes through the same bytes that would cross the component's boundary. A plan or a report that the daemon would
// not take as it is, is an error. A command of a pipeline that nobody may send, or that no ask of the plan is about, is
// denied, whatever reply there is for it. Bounds that a command has to have (COUNT), keys after its first one, how long things
// are together, and how many labels and prefetched commands an operator allows are not looked at: of the plan, redwasp plugin
// build says it; of what a collect or a walk sends, redwasp plugin run and the daemon.
package redwasptest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// Server is a standalone master with 16 databases. Change what the test is about.
func Server(product, version string) redwasp.Server {
	return redwasp.Server{Product: product, Version: version, Mode: "standalone", Role: "master", Databases: 16}
}

// Keys of a page of a sweep, unless the test says otherwise; few, so that tests have several pages.
const keysOfAPage = 3

type canned struct {
	command string
	answer  contract.Answer
}

type key struct {
	database   uint32
	name, kind string
}

// Bench is a server with canned replies, where everything is granted that can be. A command that has no reply is refused as
// if it was not granted.
type Bench struct {
	server      contract.Server
	target      contract.Target
	replies     []canned
	keys        []key
	pages       []recordedPage
	nodes       []contract.Node
	keysOfAPage int
	mostSeries  int
	isCutShort  bool
	unixMs      uint64
	state       *contract.SavedState
}

// NewBench is a server that knows no replies yet.
func NewBench(server redwasp.Server) *Bench {
	return &Bench{
		server:      contract.Server(server),
		target:      contract.Target{Name: "redis://localhost:6379"},
		nodes:       []contract.Node{{Address: "localhost:6379", Role: server.Role}},
		keysOfAPage: keysOfAPage,
		mostSeries:  mostSeries,
	}
}

// At is when the scrape begins, Unix time in milliseconds; without it, 0.
func (bench *Bench) At(unixMs uint64) *Bench {
	bench.unixMs = unixMs
	return bench
}

// After makes it the collect after the one that gave this page: it gets what that one saved.
func (bench *Bench) After(page *Page) *Bench {
	if page.report.State != nil {
		bench.state = &contract.SavedState{PluginVersion: page.version, Bytes: *page.report.State}
	}
	return bench
}

// Reply gives the RESP3 bytes that answer a command, e.g. "INFO ALL", if the plan lets it be sent. A command that a plan has
// several times is answered with the first reply, then the second, and the last one from there on.
func (bench *Bench) Reply(command string, reply []byte) *Bench {
	bench.replies = append(bench.replies, canned{command, contract.Answer{Reply: reply}})
	return bench
}

// Error is a command that gets no reply.
func (bench *Bench) Error(command string, err redwasp.CallError) *Bench {
	bench.replies = append(bench.replies, canned{command, contract.Answer{Err: record(err)}})
	return bench
}

// Denied is a command that the operator did not grant.
func (bench *Bench) Denied(command string) *Bench {
	return bench.Error(command, redwasp.Denied(command+" is not granted"))
}

// Timeout is a command whose reply did not come in time.
func (bench *Bench) Timeout(command string) *Bench { return bench.Error(command, redwasp.Timeout{}) }

// Key is a key that sweeps find. What is read of it is answered as other commands are: "HGET order:1 amount".
func (bench *Bench) Key(database uint32, name, kind string) *Bench {
	bench.keys = append(bench.keys, key{database, name, kind})
	return bench
}

// Nodes are the nodes behind the target; without it, one.
func (bench *Bench) Nodes(nodes ...redwasp.Node) *Bench {
	bench.nodes = nil
	for _, node := range nodes {
		bench.nodes = append(bench.nodes, contract.Node(node))
	}
	return bench
}

// PageOf shows sweeps so many keys at a time.
func (bench *Bench) PageOf(keys int) *Bench {
	bench.keysOfAPage = max(keys, 1)
	return bench
}

// MostSeries takes reports of so many series: for a collector that the operator allows more.
func (bench *Bench) MostSeries(series int) *Bench {
	bench.mostSeries = series
	return bench
}

// CutShort lets a sweep's budget end before all keys were seen.
func (bench *Bench) CutShort() *Bench {
	bench.isCutShort = true
	return bench
}

// Collect configures and collects once. The error is Refused, PlanRefused, Failed or Malformed. Configuration is JSON.
func (bench *Bench) Collect(plugin *redwasp.Plugin, configuration string) (*Page, error) {
	return bench.play(plugin, configuration, func(guest contract.Guest, plan *contract.Plan, host *host) contract.Collected {
		before := map[string]int{}
		prefetched := make([]contract.Answer, len(plan.Prefetch))
		for i, command := range plan.Prefetch {
			words := words(command)
			prefetched[i] = bench.answer(words, before[words])
			before[words]++
		}
		request := bench.request(plan, prefetched)
		request.State = bench.state
		return guest.Collect(crossed(contract.RequestLayout, &request), host)
	})
}

// Sweep configures and runs all sweeps of the plan once, as Collect does with a collect.
func (bench *Bench) Sweep(plugin *redwasp.Plugin, configuration string) (*Page, error) {
	return bench.play(plugin, configuration, func(guest contract.Guest, plan *contract.Plan, host *host) contract.Collected {
		request := bench.request(plan, nil)
		run, failure := guest.Begin(crossed(contract.RequestLayout, &request), host)
		if failure != nil {
			return contract.Collected{Failure: failure}
		}
		for _, page := range bench.shown(plan) {
			host.renew()
			keys := contract.WriteList(contract.SweptLayout, page.keys)
			read := contract.ReadList(contract.SweptLayout, keys.Memory, 0, uint32(len(page.keys)), true)
			if failure := run.Page(page.sweep, read, host); failure != nil {
				return contract.Collected{Failure: failure}
			}
		}
		return run.End(!bench.isCutShort)
	})
}

type call func(guest contract.Guest, plan *contract.Plan, host *host) contract.Collected

func (bench *Bench) play(plugin *redwasp.Plugin, configuration string, call call) (*Page, error) {
	host := &host{bench: bench}
	defer host.listen()()
	guest := plugin.Guest()
	description := guest.Describe()
	configured := guest.Configure(configuration, *crossed(contract.ServerLayout, &bench.server))
	configured = *crossed(contract.ConfiguredLayout, &configured)
	if configured.Refusal != nil {
		return nil, Refused{refusal(configured.Refusal)}
	}
	plan := configured.Plan
	if fault := planFault(plan); fault != "" {
		return nil, PlanRefused(fault)
	}
	host.asks = plan.Asks
	collected := call(guest, plan, host)
	collected = *crossed(contract.CollectedLayout, &collected)
	if collected.Failure != nil {
		return nil, Failed{failure(collected.Failure)}
	}
	if fault := check(plan, collected.Report, bench.mostSeries); fault != "" {
		return nil, Malformed(fault)
	}
	families := append(plan.Families, collected.Report.Late...)
	return &Page{description.Version, families, plan.Problems, *collected.Report, host.logs}, nil
}

// crossed is a value after its way over a component's boundary.
func crossed[T any](layout contract.Layout[T], value *T) *T {
	read := contract.Read(layout, contract.Write(layout, value).Memory, 0, true)
	return &read
}

func (bench *Bench) request(plan *contract.Plan, prefetched []contract.Answer) contract.Request {
	return contract.Request{
		Prepared:   plan.Prepared,
		Target:     bench.target,
		Server:     bench.server,
		Prefetched: prefetched,
		UnixMs:     bench.unixMs,
	}
}

// shown are the pages that sweeps are shown.
func (bench *Bench) shown(plan *contract.Plan) []recordedPage {
	if bench.pages != nil {
		return bench.pages
	}
	var pages []recordedPage
	for i := range plan.Sweeps {
		var keys []contract.Swept
		for _, key := range bench.keys {
			if swept, ok := bench.found(key, &plan.Sweeps[i]); ok {
				keys = append(keys, swept)
			}
		}
		for len(keys) > 0 {
			some := min(len(keys), bench.keysOfAPage)
			pages = append(pages, recordedPage{uint32(i), keys[:some]})
			keys = keys[some:]
		}
	}
	return pages
}

// found is a key with what the sweep reads of it, if it is one of its keys.
func (bench *Bench) found(key key, sweep *contract.Sweep) (contract.Swept, bool) {
	isOf := func(types []string) bool {
		for _, kind := range types {
			if strings.EqualFold(kind, key.kind) {
				return true
			}
		}
		return len(types) == 0
	}
	if key.database != sweep.Database || !isOf(sweep.Types) || !matches(string(sweep.Pattern), key.name) {
		return contract.Swept{}, false
	}
	swept := contract.Swept{Key: []byte(key.name)}
	namesTypes := len(sweep.Types) > 0
	for _, read := range sweep.Reads {
		namesTypes = namesTypes || len(read.Types) > 0
		if !isOf(read.Types) {
			swept.Reads = append(swept.Reads, nil)
			continue
		}
		answer := bench.answer(words(contract.Command{Args: readWords(read, key.name)}), 0)
		swept.Reads = append(swept.Reads, &answer)
	}
	if namesTypes {
		swept.Kind = key.kind
	}
	return swept, true
}

func words(command contract.Command) string { return string(bytes.Join(command.Args, []byte(" "))) }

// answer is the answer to a command that has been answered so many times.
func (bench *Bench) answer(words string, before int) contract.Answer {
	answer := contract.Answer{Err: &contract.CallError{
		Case: contract.Denied,
		Text: fmt.Sprintf("the bench has no reply to %s", words),
	}}
	for _, canned := range bench.replies {
		if canned.command != words {
			continue
		}
		answer = canned.answer
		if before == 0 {
			break
		}
		before--
	}
	return answer
}
