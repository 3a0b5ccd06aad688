package redwasp

import (
	"bytes"
	"errors"

	"github.com/redwasp/redwasp/sdk/go/internal/binary"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// Server is what is known of a server before anything is planned.
type Server struct {
	// "redis", "valkey", "keydb", "dragonfly", …; the product's own version, e.g. "7.0.15"; "standalone", "cluster",
	// "sentinel" or "proxy"; "master", "slave" or "sentinel".
	Product, Version, Mode, Role string
	// How many databases the server is configured for.
	Databases uint32
	// Names and values of what newer hosts tell.
	Extra [][2]string
}

// Target is which server a call is about.
type Target struct {
	// The name the operator gave, or the address without credentials.
	Name string
	// Names and values.
	Labels [][2]string
	// Node of a cluster; "" outside a cluster.
	Node string
	// Names and values of what newer hosts tell.
	Extra [][2]string
}

// Node is one node behind a target. Role is "master" or "slave", Primary the ID of the node that it replicates. Slots are
// ranges with both ends included; outside a cluster there are none. Extra is names and values of what newer hosts tell.
type Node struct {
	ID, Address, Role, Shard, Primary string
	Slots                             [][2]uint32
	Extra                             [][2]string
}

// Budget is what is left of a call's budgets: wall time, in which waiting for Redis counts; calls of Pipeline and Nodes;
// commands; bytes of replies.
type Budget struct {
	Milliseconds, Calls, Commands uint32
	Bytes                         uint64
}

// Route is where commands run, on a cluster. The zero Route follows the key of each command.
type Route struct {
	record contract.Route
}

// OnNode is the node of this ID.
func OnNode(id string) Route { return Route{contract.Route{Case: contract.OnNode, At: id}} }

// OwnerOf is the primary that has this key.
func OwnerOf(key string) Route { return Route{contract.Route{Case: contract.OwnerOf, At: key}} }

// ReplicaOf is a replica that has this key.
func ReplicaOf(key string) Route { return Route{contract.Route{Case: contract.ReplicaOf, At: key}} }

// AnyNode is one of the nodes.
func AnyNode() Route { return Route{contract.Route{Case: contract.Any}} }

// Request is everything that a collect may depend on: the same request gives the same report.
type Request struct {
	record *contract.Request
	host   contract.Host
}

// Server is the server that answered.
func (request *Request) Server() Server { return Server(request.record.Server) }

// Target is which target the call is about.
func (request *Request) Target() Target { return Target(request.record.Target) }

// UnixMs is when the scrape began, Unix time in milliseconds. It is the clock to use: with time.Now the same request would
// give different reports.
func (request *Request) UnixMs() uint64 { return request.record.UnixMs }

// Reply is the reply to a command of the plan. The error is a CallError when there is no reply or the reply is an error,
// and Malformed when it is not RESP.
func (request *Request) Reply(prefetched Prefetched) (Reply, error) {
	return decoded(request.Bytes(prefetched))
}

// Bytes are the reply to a command of the plan as RESP3 bytes. The error says why there is none.
func (request *Request) Bytes(prefetched Prefetched) ([]byte, error) {
	return answered(request.record.Prefetched, int(prefetched)-1)
}

// Pipeline asks for commands that only a reply can name, in one round trip. What a plan can name is better prefetched:
// that costs no round trip of its own. Reads other than statistics without keys have to be among the plan's asks
// (Plan.Ask); a command that is not granted is refused by itself. Budgets of a collect, and of a page: 64 calls, 1,024
// commands, 16 MiB of replies. The error is a CallError: there is no reply to any of them.
func (request *Request) Pipeline(commands ...Command) (Replies, error) {
	return request.PipelineOn(Route{}, commands...)
}

// PipelineOn is Pipeline with a route.
func (request *Request) PipelineOn(route Route, commands ...Command) (Replies, error) {
	records := make([]contract.Command, len(commands))
	for i, command := range commands {
		records[i] = command.record()
	}
	answers, err := request.host.Pipeline(route.record, records)
	if err != nil {
		return Replies{}, callError(*err)
	}
	return Replies{answers}, nil
}

// Nodes are the nodes behind the target; one, without slots, outside a cluster. The error is a CallError.
func (request *Request) Nodes() ([]Node, error) {
	records, err := request.host.Nodes()
	if err != nil {
		return nil, callError(*err)
	}
	nodes := make([]Node, len(records))
	for i, record := range records {
		nodes[i] = Node(record)
	}
	return nodes, nil
}

// Remaining is what is left of this call's budgets.
func (request *Request) Remaining() Budget { return Budget(request.host.Remaining()) }

// State is what the collect before this one saved, with the version of the plugin that saved it; ok is whether there is
// something.
func (request *Request) State() (pluginVersion string, bytes []byte, ok bool) {
	if request.record.State == nil {
		return "", nil, false
	}
	return request.record.State.PluginVersion, request.record.State.Bytes, true
}

// Saved reads what the collect before this one kept with Report.Keep into a value, and says whether there was something
// of its type. There is nothing in the first collect, and after another version of the plugin that kept another type: the
// value is then as it was.
func (request *Request) Saved(value any) bool {
	_, state, _ := request.State()
	written, ok := bytes.CutPrefix(state, bytesOf(keptType(value)))
	return ok && binary.Read(written, value) == nil
}

// Replies are the replies to the commands of a pipeline, in their order.
type Replies struct {
	answers []contract.Answer
}

// Len is how many there are.
func (replies Replies) Len() int { return len(replies.answers) }

// Reply is the reply to the command at this place, from 0 on. The error is as that of Request.Reply.
func (replies Replies) Reply(place int) (Reply, error) { return decoded(replies.Bytes(place)) }

// Bytes are the reply to the command at this place as RESP3 bytes. The error says why there is none.
func (replies Replies) Bytes(place int) ([]byte, error) { return answered(replies.answers, place) }

func answered(answers []contract.Answer, place int) ([]byte, error) {
	if place < 0 || place >= len(answers) {
		return nil, errors.New("the host gave no reply to this command: was it declared in Configure, and kept in an exported field?")
	}
	if err := answers[place].Err; err != nil {
		return nil, callError(*err)
	}
	return answers[place].Reply, nil
}

func decoded(bytes []byte, err error) (Reply, error) {
	if err != nil {
		return Reply{}, err
	}
	reply, err := Decode(bytes)
	if err == nil {
		err = reply.Err()
	}
	if err != nil {
		return Reply{}, err
	}
	return reply, nil
}
