// Package contract has the types of the contract (wit/*.wit) and how they lie in memory when they cross a component's
// boundary.
package contract

// Kind is the type of a family, in the order of the contract.
type Kind uint8

// Family is the record of the same name in metrics.wit, as are the others of these types in theirs.
type Family struct {
	Name, Help, Unit string
	Kind             Kind
	LabelNames       []string
}

// Sample is one value of a family of single values.
type Sample struct {
	Family      uint32
	LabelValues []string
	Value       float64
}

// Bucket is an upper bound with the cumulative count.
type Bucket struct {
	Bound float64
	Count uint64
}

// Bucketed is one histogram.
type Bucketed struct {
	Family      uint32
	LabelValues []string
	Buckets     []Bucket
	Sum         float64
	Count       uint64
}

// Quantile is a quantile with its value.
type Quantile struct {
	Quantile, Value float64
}

// Quantiled is one summary.
type Quantiled struct {
	Family      uint32
	LabelValues []string
	Quantiles   []Quantile
	Sum         float64
	Count       uint64
}

// Pair is a tuple of two strings: a name and its value.
type Pair = [2]string

// Command is a command for Redis.
type Command struct {
	Database uint32
	Args     [][]byte
}

// Cases of a CallError, in the order of the contract.
const (
	Denied uint8 = iota
	Limit
	Timeout
	Unreachable
	ServerError
	OtherCallError
)

// CallError is why a command has no reply. Code is of a ServerError only.
type CallError struct {
	Case       uint8
	Code, Text string
}

// Answer is what became of a command: a reply, or an error.
type Answer struct {
	Reply []byte
	Err   *CallError
}

// Server is what is known of a server.
type Server struct {
	Product, Version, Mode, Role string
	Databases                    uint32
	Extra                        []Pair
}

// Target is which server a call is about.
type Target struct {
	Name   string
	Labels []Pair
	Node   string
	Extra  []Pair
}

// SavedState is what an earlier collect saved.
type SavedState struct {
	PluginVersion string
	Bytes         []byte
}

// Request is what a call may depend on.
type Request struct {
	Prepared   []byte
	Target     Target
	Server     Server
	Prefetched []Answer
	State      *SavedState
	UnixMs     uint64
	Extra      []Pair
}

// Report is what a collect returns. State is nil to keep what the host has.
type Report struct {
	Samples    []Sample
	Histograms []Bucketed
	Summaries  []Quantiled
	Late       []Family
	Warnings   []string
	Partial    bool
	State      *[]byte
	Extra      []Pair
}

// Cases of a Failure, in the order of the contract.
const (
	NotApplicable uint8 = iota
	Redis
	Other
)

// Failure is why there is no report. Redis is of the case of that name only.
type Failure struct {
	Case  uint8
	Text  string
	Redis CallError
}

// Description is what a plugin says of itself.
type Description struct {
	Name, Version, Summary, ConfigSchema string
	Extra                                []Pair
}

// Ask is what the operator has to grant.
type Ask struct {
	Commands, Keys []string
	Databases      []uint32
}

// KeyRead is a read around each key of a sweep.
type KeyRead struct {
	Before, After [][]byte
	Types         []string
}

// Sweep is which keys to walk.
type Sweep struct {
	Database uint32
	Pattern  []byte
	Types    []string
	Reads    []KeyRead
}

// Problem is a fault in the configuration; Pointer is a JSON Pointer.
type Problem struct {
	Pointer, Message string
}

// Plan is what a collector does for one configuration on one kind of server.
type Plan struct {
	Families     []Family
	LatePrefixes []string
	Asks         []Ask
	Prefetch     []Command
	Sweeps       []Sweep
	Scope        string
	Problems     []Problem
	Prepared     []byte
	Extra        []Pair
}

// Cases of a Refusal, in the order of the contract.
const (
	RefusedNotApplicable uint8 = iota
	RefusedInvalid
	RefusedOther
)

// Refusal is why there is no plan. Problems are of the case RefusedInvalid, Text of the others.
type Refusal struct {
	Case     uint8
	Text     string
	Problems []Problem
}

// Swept is one key of a page. A read that is not for the key's type is nil.
type Swept struct {
	Key   []byte
	Kind  string
	Reads []*Answer
}

// Cases of a Route, in the order of the contract.
const (
	Automatic uint8 = iota
	OnNode
	OwnerOf
	ReplicaOf
	Any
)

// Route is where commands run. At is a node or a key.
type Route struct {
	Case uint8
	At   string
}

// SlotRange is a range of slots, both ends included.
type SlotRange = [2]uint32

// Node is one node behind a target.
type Node struct {
	ID, Address, Role, Shard, Primary string
	Slots                             []SlotRange
	Extra                             []Pair
}

// Budget is what is left of a call's budgets.
type Budget struct {
	Milliseconds, Calls, Commands uint32
	Bytes                         uint64
}

// Results of the contract's functions: one of the two is not nil, but that Begun has nothing when all is well.
type (
	// Configured is the result of configure.
	Configured struct {
		Plan    *Plan
		Refusal *Refusal
	}
	// Collected is the result of collect and end.
	Collected struct {
		Report  *Report
		Failure *Failure
	}
	// Begun is the result of begin and page.
	Begun struct {
		Failure *Failure
	}
	// Answered is the result of pipeline.
	Answered struct {
		Answers []Answer
		Err     *CallError
	}
	// Noded is the result of nodes.
	Noded struct {
		Nodes []Node
		Err   *CallError
	}
)

// Host is what a collector may ask while it runs.
type Host interface {
	Pipeline(route Route, commands []Command) ([]Answer, *CallError)
	Nodes() ([]Node, *CallError)
	Remaining() Budget
}

// Guest is a plugin as the host calls it.
type Guest interface {
	Describe() Description
	Configure(config string, server Server) Configured
	Collect(request *Request, host Host) Collected
	Begin(request *Request, host Host) (Run, *Failure)
}

// Run is a walk that has begun.
type Run interface {
	Page(sweep uint32, keys []Swept, host Host) *Failure
	End(complete bool) Collected
}
