package redwasp

import (
	"slices"

	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// Scope is on which nodes of a cluster a collector runs. Outside a cluster there is one node.
type Scope string

// The scopes.
const (
	// ScopeNode is every node: so it is if nothing is said.
	ScopeNode Scope = "node"
	// ScopePrimary is the owner of every shard.
	ScopePrimary Scope = "primary"
	// ScopeOnce is one node.
	ScopeOnce Scope = "once"
)

// Command is a command for Redis: name and arguments, binary safe.
type Command struct {
	database uint32
	args     [][]byte
}

// NewCommand is a command on database 0.
func NewCommand(name string, args ...string) Command {
	command := Command{args: [][]byte{[]byte(name)}}
	for _, arg := range args {
		command.args = append(command.args, []byte(arg))
	}
	return command
}

// InfoCommand is INFO ALL. Every collector that reads INFO should ask for exactly this, so that all of them share one
// reply.
func InfoCommand() Command { return NewCommand("INFO", "ALL") }

// Arg is the command with one more argument.
func (command Command) Arg(arg []byte) Command {
	command.args = append(slices.Clip(command.args), slices.Clone(arg))
	return command
}

// Database is the command on another database; the host picks a connection for it.
func (command Command) Database(database uint32) Command {
	command.database = database
	return command
}

func (command Command) record() contract.Command {
	return contract.Command{Database: command.database, Args: command.args}
}

// Plan collects what a collector declares.
type Plan struct {
	record contract.Plan
}

// Gauge declares a gauge: a value that can go down. The host puts its namespace before name.
func (plan *Plan) Gauge(name, help string, labels ...string) Family {
	return Family(plan.declare(KindGauge, name, help, labels))
}

// Counter declares a counter. The name is written as it stands: end it with _total.
func (plan *Plan) Counter(name, help string, labels ...string) Family {
	return Family(plan.declare(KindCounter, name, help, labels))
}

// Info declares an info family: facts in labels, its value is 1.
func (plan *Plan) Info(name, help string, labels ...string) Family {
	return Family(plan.declare(KindInfo, name, help, labels))
}

// Family declares a family of another kind of single values.
func (plan *Plan) Family(kind Kind, name, help string, labels ...string) Family {
	return Family(plan.declare(kind, name, help, labels))
}

// Histogram declares a histogram.
func (plan *Plan) Histogram(name, help string, labels ...string) Histogram {
	return Histogram(plan.declare(KindHistogram, name, help, labels))
}

// GaugeHistogram declares a histogram of what there is now.
func (plan *Plan) GaugeHistogram(name, help string, labels ...string) Histogram {
	return Histogram(plan.declare(KindGaugeHistogram, name, help, labels))
}

// Summary declares a summary.
func (plan *Plan) Summary(name, help string, labels ...string) Summary {
	return Summary(plan.declare(KindSummary, name, help, labels))
}

// LatePrefix reserves a prefix for families that only a collect can know.
func (plan *Plan) LatePrefix(prefix string) {
	plan.record.LatePrefixes = append(plan.record.LatePrefixes, prefix)
}

// Prefetch asks the host to run a command before each collect.
func (plan *Plan) Prefetch(command Command) Prefetched {
	plan.record.Prefetch = append(plan.record.Prefetch, command.record())
	return Prefetched(len(plan.record.Prefetch))
}

// Sweep asks the host to walk keys, for a Sweeper.
func (plan *Plan) Sweep(sweep *Sweep) Swept {
	record := sweep.record
	record.Types, record.Reads = slices.Clone(record.Types), slices.Clone(record.Reads)
	plan.record.Sweeps = append(plan.record.Sweeps, record)
	return Swept(len(plan.record.Sweeps))
}

// Ask asks the operator for reads that a collect or a page asks for while it runs: names of commands, patterns of the
// keys and the databases that they read (none for database 0). Statistics without keys need no ask.
func (plan *Plan) Ask(commands, keys []string, databases ...uint32) {
	plan.record.Asks = append(plan.record.Asks, contract.Ask{
		Commands:  slices.Clone(commands),
		Keys:      slices.Clone(keys),
		Databases: slices.Clone(databases),
	})
}

// Scope says on which nodes of a cluster the collector runs; without it, on every node.
func (plan *Plan) Scope(scope Scope) { plan.record.Scope = string(scope) }

// Problem says that a part of the configuration is not used; the rest is. Pointer is a JSON Pointer (RFC 6901) to it. A
// configuration that is wrong as a whole is refused instead: Invalid.
func (plan *Plan) Problem(pointer, message string) {
	plan.record.Problems = append(plan.record.Problems, contract.Problem{Pointer: pointer, Message: message})
}

func (plan *Plan) declare(kind Kind, name, help string, labels []string) int {
	plan.record.Families = append(plan.record.Families, familyRecord(kind, name, help, labels))
	return len(plan.record.Families)
}
