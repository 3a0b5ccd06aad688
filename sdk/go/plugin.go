package redwasp

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/redwasp/redwasp/sdk/go/internal/binary"
	"github.com/redwasp/redwasp/sdk/go/internal/config"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// Plugin is an exported collector. Tests give it to a bench (package redwasptest).
type Plugin struct {
	guest contract.Guest
}

// Export makes a component of a collector. It is called once, in a variable of package main, whose main is empty:
//
//	var plugin = redwasp.Export[Config](redwasp.Description{Name: "hits", Version: "1.0.0", Summary: "…"}, &Hits{})
//
//	func main() {}
func Export[Config any](description Description, collector Collector[Config]) *Plugin {
	return export(newGuest(description, collector))
}

// ExportSweeper is Export for a collector that walks keys.
func ExportSweeper[Config, Run any](description Description, sweeper Sweeper[Config, Run]) *Plugin {
	guest := newGuest[Config](description, sweeper)
	guest.begin = func(collector Collector[Config], request *Request) (pages, error) {
		sweeper := collector.(Sweeper[Config, Run])
		run, err := sweeper.Begin(request)
		return &running[Config, Run]{sweeper, run}, err
	}
	return export(guest)
}

func export(guest contract.Guest) *Plugin {
	plugin := &Plugin{guest}
	register(plugin)
	return plugin
}

// Guest is the plugin as a host calls it, for the bench.
func (plugin *Plugin) Guest() contract.Guest { return plugin.guest }

// guest is a collector without the types of its configuration and its run.
type guest[Config any] struct {
	description Description
	// The struct behind the collector's pointer.
	collector reflect.Type
	begin     func(collector Collector[Config], request *Request) (pages, error)
}

// pages is a run without its types.
type pages interface {
	page(request *Request, page *Page) error
	end(complete bool, report *Report) error
}

type running[Config, Run any] struct {
	sweeper Sweeper[Config, Run]
	run     *Run
}

func (r *running[Config, Run]) page(request *Request, page *Page) error {
	return r.sweeper.Page(r.run, request, page)
}

func (r *running[Config, Run]) end(complete bool, report *Report) error {
	return r.sweeper.End(r.run, complete, report)
}

// prepared is what travels in the plan's prepared bytes.
type prepared struct {
	// Their number is the index of the first late family; the names are for messages.
	Families []plannedFamily
	// The collector's value as bytes.
	Collector []byte
}

func newGuest[Config any](description Description, collector Collector[Config]) *guest[Config] {
	kind := reflect.TypeOf(collector)
	if kind == nil || kind.Kind() != reflect.Pointer || kind.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("redwasp.Export: the collector is a pointer to a struct, and not %v", kind))
	}
	return &guest[Config]{description: description, collector: kind.Elem()}
}

// Describe is that of the contract.
func (g *guest[Config]) Describe() contract.Description {
	return contract.Description{
		Name:         g.description.Name,
		Version:      g.description.Version,
		Summary:      g.description.Summary,
		ConfigSchema: config.Schema(reflect.TypeFor[Config]()),
	}
}

// Configure is that of the contract.
func (g *guest[Config]) Configure(text string, server contract.Server) contract.Configured {
	var plan *contract.Plan
	err := guarded(func() error {
		var err error
		plan, err = g.plan(text, Server(server))
		return err
	})
	if err != nil {
		return contract.Configured{Refusal: refusal(err)}
	}
	return contract.Configured{Plan: plan}
}

func (g *guest[Config]) plan(text string, server Server) (*contract.Plan, error) {
	if err := everyFieldTravels(g.collector); err != nil {
		return nil, err
	}
	var configuration Config
	if problems := config.Decode(text, &configuration); problems != nil {
		invalid := make(Invalid, len(problems))
		for i, problem := range problems {
			invalid[i] = Problem(problem)
		}
		return nil, invalid
	}
	collector := reflect.New(g.collector).Interface().(Collector[Config])
	plan := &Plan{contract.Plan{Scope: string(ScopeNode)}}
	if err := collector.Configure(configuration, server, plan); err != nil {
		return nil, err
	}
	if len(plan.record.Sweeps) > 0 && g.begin == nil {
		return nil, errors.New("the plan has sweeps, and " + walksNoKeys)
	}
	families := make([]plannedFamily, len(plan.record.Families))
	for i, family := range plan.record.Families {
		families[i] = append(plannedFamily{family.Name}, family.LabelNames...)
	}
	bytes, err := binary.Write(collector)
	if err == nil {
		plan.record.Prepared, err = binary.Write(prepared{families, bytes})
	}
	return &plan.record, err
}

// Said where a host would walk keys for a collector that cannot be shown any.
const walksNoKeys = "the collector walks no keys: redwasp.ExportSweeper exports one that does"

// everyFieldTravels says which field would be left out without a word.
func everyFieldTravels(collector reflect.Type) error {
	if path := binary.Hidden(collector); path != "" {
		return fmt.Errorf("the field %s of %s does not reach Collect: its name has to begin with a capital letter", path, collector)
	}
	return nil
}

// load gives the collector that Configure made.
func (g *guest[Config]) load(request *contract.Request) (Collector[Config], *Report, error) {
	collector := reflect.New(g.collector).Interface().(Collector[Config])
	var loaded prepared
	err := binary.Read(request.Prepared, &loaded)
	if err == nil {
		err = binary.Read(loaded.Collector, collector)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("prepared bytes of another version: %w", err)
	}
	return collector, &Report{planned: loaded.Families}, nil
}

// Collect is that of the contract.
func (g *guest[Config]) Collect(record *contract.Request, host contract.Host) contract.Collected {
	var report *Report
	return collected(&report, func() error {
		collector, loaded, err := g.load(record)
		if err != nil {
			return err
		}
		report = loaded
		return collector.Collect(&Request{record, host}, report)
	})
}

// collected calls the author's code, and gives what it reported.
func collected(report **Report, call func() error) contract.Collected {
	if err := guarded(call); err != nil {
		return contract.Collected{Failure: failure(err)}
	}
	return contract.Collected{Report: (*report).finish()}
}

// Begin is that of the contract.
func (g *guest[Config]) Begin(record *contract.Request, host contract.Host) (contract.Run, *contract.Failure) {
	var begun *run
	err := guarded(func() error {
		if g.begin == nil {
			return errors.New(walksNoKeys)
		}
		collector, report, err := g.load(record)
		if err != nil {
			return err
		}
		report.isOfWalk = true
		pages, err := g.begin(collector, &Request{record, host})
		begun = &run{record, pages, report}
		return err
	})
	if err != nil {
		return nil, failure(err)
	}
	return begun, nil
}

// run is a walk that has begun.
type run struct {
	request *contract.Request
	pages   pages
	report  *Report
}

// Page is that of the contract.
func (r *run) Page(sweep uint32, keys []contract.Swept, host contract.Host) *contract.Failure {
	err := guarded(func() error { return r.pages.page(&Request{r.request, host}, &Page{sweep, keys}) })
	if err != nil {
		return failure(err)
	}
	return nil
}

// End is that of the contract.
func (r *run) End(complete bool) contract.Collected {
	return collected(&r.report, func() error { return r.pages.end(complete, r.report) })
}
