// Command orders is a redwasp plugin: orders by status and amount, by walking the keys.
package main

import (
	"fmt"
	"math"
	"strconv"

	"github.com/redwasp/redwasp/sdk/go"
)

var plugin = redwasp.ExportSweeper[Config, Run](redwasp.Description{
	Name:    "orders",
	Version: "1.0.0",
	Summary: "Orders by status and amount, by walking the keys.",
}, &Orders{})

func main() {}

// Config is which keys are orders, and how they are counted.
type Config struct {
	Pattern     string    `json:"pattern" default:"order:*" description:"Pattern of the keys that are orders."`
	Buckets     []float64 `json:"buckets" default:"[10, 50, 100, 500, 1000]" description:"Upper bounds of the amounts, ascending."`
	MaxStatuses int       `json:"max_statuses" default:"10" minimum:"1" maximum:"100" description:"How many statuses are told apart; the rest is other."`
}

// Orders is the collector.
type Orders struct {
	Orders, Amount, Unreadable redwasp.Family
	Amounts                    redwasp.Histogram
	Keys                       redwasp.Swept
	Fields                     redwasp.Read
	Bounds                     []float64
	MaxStatuses                int
}

// Configure asks for a walk over the orders, which reads two fields of each.
func (c *Orders) Configure(config Config, server redwasp.Server, plan *redwasp.Plan) error {
	var problems redwasp.Invalid
	for i := 1; i < len(config.Buckets); i++ {
		if bound, before := config.Buckets[i], config.Buckets[i-1]; bound <= before {
			problems = append(problems, redwasp.Problem{
				Pointer: fmt.Sprintf("/buckets/%d", i),
				Message: fmt.Sprintf("%s is not larger than %s", plain(bound), plain(before)),
			})
		}
	}
	if problems != nil {
		return problems
	}
	c.Bounds, c.MaxStatuses = config.Buckets, config.MaxStatuses
	c.Orders = plan.Gauge("orders", "Orders by their status.", "status")
	c.Amount = plan.Gauge("orders_amount", "Sum of the amounts of orders by their status.", "status")
	c.Amounts = plan.Histogram("order_amount", "Amounts of orders.")
	c.Unreadable = plan.Gauge("orders_unreadable", "Orders whose amount is missing or no number.")
	sweep := redwasp.NewSweep(config.Pattern).Types("hash")
	c.Fields = sweep.Read(redwasp.NewKeyRead("HMGET").After("status", "amount").Only("hash"))
	c.Keys = plan.Sweep(sweep)
	return nil
}

// plain is a number without exponent.
func plain(number float64) string { return strconv.FormatFloat(number, 'f', -1, 64) }

// Collect reports nothing: all there is to say is found by walking.
func (c *Orders) Collect(request *redwasp.Request, report *redwasp.Report) error { return nil }

// Run is what a walk has seen so far.
type Run struct {
	statuses   map[string]*status
	amounts    *redwasp.Buckets
	seen       int
	unreadable int
}

type status struct {
	orders int
	amount float64
}

// Begin begins a walk.
func (c *Orders) Begin(request *redwasp.Request) (*Run, error) {
	return &Run{statuses: map[string]*status{}, amounts: redwasp.NewBuckets(c.Bounds...)}, nil
}

// Page counts some orders. One that cannot be read ends the walk: what is said of the others would be too little.
func (c *Orders) Page(run *Run, request *redwasp.Request, page *redwasp.Page) error {
	for key := range page.Keys() {
		reply, ok, err := key.Reply(c.Fields)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		name, amount, isReadable, err := order(reply)
		if err != nil {
			return err
		}
		status := run.status(name, c.MaxStatuses)
		status.orders++
		run.seen++
		if !isReadable {
			run.unreadable++
			continue
		}
		status.amount += amount
		run.amounts.Observe(amount)
	}
	return nil
}

// order is the status and the amount of an order, and whether there is an amount to sum up.
func order(reply redwasp.Reply) (status string, amount float64, isReadable bool, err error) {
	fields, err := reply.Elements()
	if err != nil {
		return "", 0, false, err
	}
	if len(fields) != 2 {
		return "", 0, false, fmt.Errorf("HMGET gave %d fields instead of 2", len(fields))
	}
	status = "unknown"
	if !fields[0].IsNull() {
		if status, err = fields[0].Text(); err != nil {
			return "", 0, false, err
		}
	}
	amount, mismatch := fields[1].Number()
	return status, amount, mismatch == nil && !math.IsInf(amount, 0) && !math.IsNaN(amount), nil
}

// status is what is counted of a status. As many as the configuration allows are told apart, first come first served;
// "other" is one more.
func (run *Run) status(name string, most int) *status {
	if _, isKnown := run.statuses[name]; !isKnown && len(run.statuses) >= most {
		name = "other"
	}
	if run.statuses[name] == nil {
		run.statuses[name] = &status{}
	}
	return run.statuses[name]
}

// End reports what was seen. The order of samples does not matter: the SDK sorts them.
func (c *Orders) End(run *Run, complete bool, report *redwasp.Report) error {
	for name, status := range run.statuses {
		report.Set(c.Orders, float64(status.orders), name)
		report.Set(c.Amount, status.amount, name)
	}
	report.Histogram(c.Amounts, run.amounts)
	report.Set(c.Unreadable, float64(run.unreadable))
	if !complete {
		report.Warnf("the walk ended early: %d orders were seen", run.seen)
	}
	return nil
}
