package redwasptest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
	hosts "github.com/redwasp/redwasp/sdk/go/internal/host"
)

// Budgets of a collect, and of a page.
const (
	mostCalls        = 64
	mostCommands     = 1024
	mostBytes        = 16 << 20
	mostMilliseconds = 2000
)

// host answers what a collector asks while it runs.
type host struct {
	bench           *Bench
	asks            []contract.Ask
	calls, commands int
	bytes           int
	logs            []string
}

// The log has no way to the bench but a variable: benches take turns.
var listening sync.Mutex

// listen takes the log until the function is called that it gives.
func (host *host) listen() func() {
	listening.Lock()
	before := hosts.Log
	levels := [...]string{"trace", "debug", "info", "warn", "error"}
	hosts.Log = func(level uint8, message string, fields []contract.Pair) {
		line := levels[level] + " " + contract.Text(message)
		for _, field := range fields {
			line += " " + contract.Text(field[0]) + "=" + contract.Text(field[1])
		}
		host.logs = append(host.logs, line)
	}
	return func() {
		hosts.Log = before
		listening.Unlock()
	}
}

// renew begins another call.
func (host *host) renew() { host.calls, host.commands, host.bytes = 0, 0, 0 }

// admit counts a call of so many commands, if the budgets allow it.
func (host *host) admit(commands int) *contract.CallError {
	if host.calls >= mostCalls {
		return &contract.CallError{Case: contract.Limit, Text: fmt.Sprintf("more than %d calls (limits.calls)", mostCalls)}
	}
	host.calls++
	if host.commands+commands > mostCommands {
		return &contract.CallError{
			Case: contract.Limit,
			Text: fmt.Sprintf("more than %d commands in one collect (limits.commands)", mostCommands),
		}
	}
	host.commands += commands
	return nil
}

// Pipeline is that of the contract.
func (host *host) Pipeline(_ contract.Route, commands []contract.Command) ([]contract.Answer, *contract.CallError) {
	if err := host.admit(len(commands)); err != nil {
		return nil, err
	}
	answers := make([]contract.Answer, len(commands))
	for i, command := range commands {
		answers[i] = host.answer(command)
		host.bytes += len(answers[i].Reply)
	}
	answered := contract.Answered{Answers: answers}
	return crossed(contract.AnsweredLayout, &answered).Answers, nil
}

// answer is what becomes of a command: what nobody may send, or was not asked for, has no reply.
func (host *host) answer(command contract.Command) contract.Answer {
	if text := denial(host.asks, command); text != "" {
		return contract.Answer{Err: &contract.CallError{Case: contract.Denied, Text: text}}
	}
	return host.bench.answer(words(command), 0)
}

// Nodes is that of the contract.
func (host *host) Nodes() ([]contract.Node, *contract.CallError) {
	if err := host.admit(0); err != nil {
		return nil, err
	}
	noded := contract.Noded{Nodes: host.bench.nodes}
	return crossed(contract.NodedLayout, &noded).Nodes, nil
}

// Remaining is that of the contract.
func (host *host) Remaining() contract.Budget {
	return contract.Budget{
		Milliseconds: mostMilliseconds,
		Calls:        uint32(max(mostCalls-host.calls, 0)),
		Commands:     uint32(mostCommands - host.commands),
		Bytes:        uint64(max(mostBytes-host.bytes, 0)),
	}
}

func record(err redwasp.CallError) *contract.CallError {
	switch err := err.(type) {
	case redwasp.Denied:
		return &contract.CallError{Case: contract.Denied, Text: string(err)}
	case redwasp.Limit:
		return &contract.CallError{Case: contract.Limit, Text: string(err)}
	case redwasp.Timeout:
		return &contract.CallError{Case: contract.Timeout}
	case redwasp.Unreachable:
		return &contract.CallError{Case: contract.Unreachable, Text: string(err)}
	case redwasp.ServerError:
		return &contract.CallError{Case: contract.ServerError, Code: err.Code, Text: err.Message}
	default:
		return &contract.CallError{Case: contract.OtherCallError, Text: err.Error()}
	}
}

func callError(record contract.CallError) error {
	switch record.Case {
	case contract.Denied:
		return redwasp.Denied(record.Text)
	case contract.Limit:
		return redwasp.Limit(record.Text)
	case contract.Timeout:
		return redwasp.Timeout{}
	case contract.Unreachable:
		return redwasp.Unreachable(record.Text)
	case contract.ServerError:
		return redwasp.ServerError{Code: record.Code, Message: record.Text}
	default:
		return redwasp.OtherError(record.Text)
	}
}

func failure(record *contract.Failure) error {
	switch record.Case {
	case contract.NotApplicable:
		return redwasp.NotApplicable(record.Text)
	case contract.Redis:
		return callError(record.Redis)
	default:
		return errors.New(record.Text)
	}
}

func refusal(record *contract.Refusal) error {
	switch record.Case {
	case contract.RefusedNotApplicable:
		return redwasp.NotApplicable(record.Text)
	case contract.RefusedInvalid:
		invalid := make(redwasp.Invalid, len(record.Problems))
		for i, problem := range record.Problems {
			invalid[i] = redwasp.Problem(problem)
		}
		return invalid
	default:
		return errors.New(record.Text)
	}
}
