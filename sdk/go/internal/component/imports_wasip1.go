//go:build redwasp_active || redwasp_sweeping

package component

import (
	"runtime"
	"unsafe"

	"github.com/redwasp/redwasp/sdk/go/internal/contract"
	"github.com/redwasp/redwasp/sdk/go/internal/host"
)

//go:wasmimport redwasp:collector/redis@0.1.0 pipeline
func pipeline(route, at, atLen, commands, commandsLen uint32, result unsafe.Pointer)

//go:wasmimport redwasp:collector/redis@0.1.0 nodes
func nodes(result unsafe.Pointer)

//go:wasmimport redwasp:collector/redis@0.1.0 remaining
func remaining(result unsafe.Pointer)

//go:wasmimport redwasp:collector/log@0.1.0 write
func write(level, message, messageLen, fields, fieldsLen uint32)

func init() { host.Log = log }

// imports is the host. With isCopied, replies do not refer to the arena, which is then given back.
type imports struct {
	isCopied bool
}

// place is where the host writes a result. It is a variable of the package, so that it does not move with a stack.
var place [4]uint64

// Pipeline is that of the contract.
func (in imports) Pipeline(route contract.Route, commands []contract.Command) ([]contract.Answer, *contract.CallError) {
	at := []byte(route.At)
	written := contract.WriteList(contract.CommandLayout, commands)
	list := addressOf(written.Bytes())
	written.Locate(list)
	reading.Lock()
	defer in.done()
	pipeline(uint32(route.Case), addressOf(at), uint32(len(at)), list, uint32(len(commands)), unsafe.Pointer(&place))
	runtime.KeepAlive(at)
	runtime.KeepAlive(written)
	answered := contract.Read(contract.AnsweredLayout, memory, placed(), in.isCopied)
	return answered.Answers, answered.Err
}

// Nodes is that of the contract.
func (in imports) Nodes() ([]contract.Node, *contract.CallError) {
	reading.Lock()
	defer in.done()
	nodes(unsafe.Pointer(&place))
	noded := contract.Read(contract.NodedLayout, memory, placed(), in.isCopied)
	return noded.Nodes, noded.Err
}

// Remaining is that of the contract.
func (imports) Remaining() contract.Budget {
	reading.Lock()
	defer reading.Unlock()
	remaining(unsafe.Pointer(&place))
	return contract.Read(contract.BudgetLayout, memory, placed(), false)
}

func (in imports) done() {
	if in.isCopied {
		release()
	}
	reading.Unlock()
}

func log(level uint8, message string, fields []contract.Pair) {
	text := []byte(contract.Text(message))
	written := contract.WriteList(contract.PairLayout, fields)
	list := addressOf(written.Bytes())
	written.Locate(list)
	write(uint32(level), addressOf(text), uint32(len(text)), list, uint32(len(fields)))
	runtime.KeepAlive(text)
	runtime.KeepAlive(written)
}

func placed() uint32 { return uint32(uintptr(unsafe.Pointer(&place))) }
