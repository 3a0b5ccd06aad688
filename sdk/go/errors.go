package redwasp

import (
	"errors"

	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// CallError is why a command has no reply. It is one of Denied, Limit, Timeout, Unreachable, ServerError and OtherError:
//
//	var refused redwasp.ServerError
//	if errors.As(err, &refused) && refused.Code == "WRONGTYPE" { … }
//
// One that Collect returns wrapped, with %w, is told with the whole text.
type CallError interface {
	error
	record() contract.CallError
}

// Denied says that policy or grants said no; nothing was sent. The text says what to grant.
type Denied string

// Limit says that a budget of the call ran out. The text says which.
type Limit string

// Timeout says that the deadline passed before the reply was complete.
type Timeout struct{}

// Unreachable says that there is no connection, or that it was lost.
type Unreachable string

// ServerError is an error reply of the server. Code is its first word, e.g. "WRONGTYPE".
type ServerError struct {
	Code, Message string
}

// OtherError is anything newer than this list.
type OtherError string

// Error is the text of the host.
func (e Denied) Error() string { return string(e) }

// Error is the text of the host.
func (e Limit) Error() string { return string(e) }

// Error is always the same text.
func (e Timeout) Error() string { return "no reply in time" }

// Error is the text of the host.
func (e Unreachable) Error() string { return string(e) }

// Error is the code and the message, as the server sent them.
func (e ServerError) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + " " + e.Message
}

// Error is the text of the host.
func (e OtherError) Error() string { return string(e) }

func (e Denied) record() contract.CallError {
	return contract.CallError{Case: contract.Denied, Text: string(e)}
}

func (e Limit) record() contract.CallError {
	return contract.CallError{Case: contract.Limit, Text: string(e)}
}

func (e Timeout) record() contract.CallError { return contract.CallError{Case: contract.Timeout} }

func (e Unreachable) record() contract.CallError {
	return contract.CallError{Case: contract.Unreachable, Text: string(e)}
}

func (e ServerError) record() contract.CallError {
	return contract.CallError{Case: contract.ServerError, Code: e.Code, Text: e.Message}
}

func (e OtherError) record() contract.CallError {
	return contract.CallError{Case: contract.OtherCallError, Text: string(e)}
}

func callError(record contract.CallError) CallError {
	switch record.Case {
	case contract.Denied:
		return Denied(record.Text)
	case contract.Limit:
		return Limit(record.Text)
	case contract.Timeout:
		return Timeout{}
	case contract.Unreachable:
		return Unreachable(record.Text)
	case contract.ServerError:
		return ServerError{record.Code, record.Text}
	default:
		return OtherError(record.Text)
	}
}

// NotApplicable says that what is measured does not exist here, which is no fault. From Configure it costs nothing per
// scrape: there is no call on that kind of server. From Collect it is for what is only known when replies are there.
//
//	return redwasp.NotApplicable("INFO has no keyspace_hits")
type NotApplicable string

// Error is the reason.
func (e NotApplicable) Error() string { return string(e) }

// Problem is a fault in the configuration. Pointer is a JSON Pointer (RFC 6901) into it; "" is the whole.
type Problem struct {
	Pointer, Message string
}

// Invalid says that the configuration is wrong: every problem at once.
type Invalid []Problem

// Error is all problems, a line each.
func (e Invalid) Error() string {
	text := ""
	for i, problem := range e {
		if i > 0 {
			text += "\n"
		}
		if problem.Pointer != "" {
			text += problem.Pointer + ": "
		}
		text += problem.Message
	}
	return text
}

// failure is an error of a collect as the contract has it.
func failure(err error) *contract.Failure {
	var notApplicable NotApplicable
	var call CallError
	switch {
	case errors.As(err, &notApplicable):
		return &contract.Failure{Case: contract.NotApplicable, Text: string(notApplicable)}
	case errors.As(err, &call):
		return &contract.Failure{Case: contract.Redis, Redis: withContext(call.record(), call, err)}
	default:
		return &contract.Failure{Case: contract.Other, Text: err.Error()}
	}
}

// withContext is a call error with what the author says of it besides. An error that has no text of the host's for it is then
// another one.
func withContext(record contract.CallError, call CallError, err error) contract.CallError {
	text := err.Error()
	switch {
	case text == call.Error():
		return record
	case record.Case == contract.ServerError || record.Case == contract.Timeout:
		return contract.CallError{Case: contract.OtherCallError, Text: text}
	}
	record.Text = text
	return record
}

// refusal is an error of a configure as the contract has it.
func refusal(err error) *contract.Refusal {
	var notApplicable NotApplicable
	var invalid Invalid
	switch {
	case errors.As(err, &notApplicable):
		return &contract.Refusal{Case: contract.RefusedNotApplicable, Text: string(notApplicable)}
	case errors.As(err, &invalid):
		problems := make([]contract.Problem, len(invalid))
		for i, problem := range invalid {
			problems[i] = contract.Problem(problem)
		}
		return &contract.Refusal{Case: contract.RefusedInvalid, Problems: problems}
	default:
		return &contract.Refusal{Case: contract.RefusedOther, Text: err.Error()}
	}
}
