// Command {{name}} is a redwasp plugin: how many lookups of a Redis find their key.
package main

import "github.com/redwasp/redwasp/sdk/go"

// The daemon knows the plugin by its name, which is that of its file too.
var plugin = redwasp.Export[Config](redwasp.Description{
	Name:    "{{name}}",
	Version: "1.0.0",
	Summary: "How many lookups find their key.",
}, &Collector{})

// Nothing runs by itself: the daemon calls Configure and Collect.
func main() {}

// Config is what an operator can set. The daemon checks it by the tags before Configure is called.
type Config struct {
	MinimumLookups int64 `json:"minimum_lookups" default:"1" minimum:"1" description:"With fewer lookups than these there is no sample."`
}

// Collector is the collector. Its exported fields are what Configure hands over to every Collect.
type Collector struct {
	Minimum int64
	Ratio   redwasp.Family
	Info    redwasp.Prefetched
}

// Configure says once what is measured, and what to ask Redis before each Collect.
func (c *Collector) Configure(config Config, server redwasp.Server, plan *redwasp.Plan) error {
	c.Minimum = config.MinimumLookups
	c.Ratio = plan.Gauge("{{name_snake}}_hit_ratio", "Part of the lookups that found their key since the server began, 0 to 1.")
	c.Info = plan.Prefetch(redwasp.InfoCommand())
	return nil
}

// Collect makes samples of the replies.
func (c *Collector) Collect(request *redwasp.Request, report *redwasp.Report) error {
	reply, err := request.Reply(c.Info)
	if err != nil {
		return err
	}
	info, err := redwasp.NewInfo(reply)
	if err != nil {
		return err
	}
	hits, hasHits := info.Number("keyspace_hits")
	misses, hasMisses := info.Number("keyspace_misses")
	if !hasHits || !hasMisses {
		return redwasp.NotApplicable("INFO has no keyspace_hits")
	}
	if lookups := hits + misses; lookups >= float64(c.Minimum) {
		report.Set(c.Ratio, hits/lookups)
	}
	return nil
}
