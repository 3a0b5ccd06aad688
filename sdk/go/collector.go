package redwasp

// Description is what a plugin says of itself.
type Description struct {
	// Lower case letters, digits and dashes; the same as the plugin's file.
	Name string
	// Semantic version.
	Version string
	// One sentence for people.
	Summary string
}

// Collector is a function of replies. It is a pointer to a struct: what Configure puts into exported fields (handles,
// what it makes of the configuration) travels to every Collect, each of which runs in a fresh instance.
//
// Config is a struct, of which the tags say what fits:
//
//	type Config struct {
//		Pattern string   `json:"pattern" default:"order:*" description:"Which keys are orders."`
//		Most    int      `json:"most" default:"10" minimum:"1" maximum:"100"`
//		Types   []string `json:"types"`
//	}
//
// A field without default is required, unless it is a pointer or has omitempty.
type Collector[Config any] interface {
	// Configure declares families and prefetch for one configuration on one kind of server. It is never on the scrape
	// path. An error is NotApplicable when there is nothing to measure on this kind of server, and Invalid with every
	// problem of the configuration at once; any other, and a panic, is told as a fault of the plugin's own.
	Configure(config Config, server Server, plan *Plan) error

	// Collect turns replies into samples. The same request must give the same report. An error is for when there is
	// nothing to report or something indispensable is missing. What was set before is then not used: for a part that is
	// missing, prefer Report.Partial.
	Collect(request *Request, report *Report) error
}

// Sweeper is a collector that walks keys: its plan has sweeps (Plan.Sweep). The host walks, by itself and not with
// scrapes, and shows the keys page by page to one instance that lives for one run. What End reports is on every page of
// metrics until the next run has ended, together with what Collect reports.
//
// Run is what a run keeps from page to page: sums, not keys.
type Sweeper[Config, Run any] interface {
	Collector[Config]

	// Begin begins a run. Nothing was prefetched for it, and there is no state.
	Begin(request *Request) (*Run, error)

	// Page takes some keys of one sweep. The request is that of the beginning, to ask more. An error ends the run without
	// a report: for keys that cannot be read, prefer Report.Partial in End.
	Page(run *Run, request *Request, page *Page) error

	// End reports what was seen. When complete is false, the run's budget ended before the keys did: the host marks the
	// report as partial. A walk keeps no state for the next one: Report.Keep and Report.Save panic.
	End(run *Run, complete bool, report *Report) error
}
