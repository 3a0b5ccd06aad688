package redwasptest

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// latin1 is bytes as a recording has them: a string whose code points are the bytes.
type latin1 []byte

// UnmarshalJSON reads it.
func (bytes *latin1) UnmarshalJSON(text []byte) error {
	var points string
	if err := json.Unmarshal(text, &points); err != nil {
		return err
	}
	*bytes = latin1{}
	for _, point := range points {
		if point > 0xff {
			return fmt.Errorf("the code point %U is no byte", point)
		}
		*bytes = append(*bytes, byte(point))
	}
	return nil
}

type recording struct {
	Redwasp string `json:"redwasp"`
	Server  struct {
		Product   string      `json:"product"`
		Version   string      `json:"version"`
		Mode      string      `json:"mode"`
		Role      string      `json:"role"`
		Databases uint32      `json:"databases"`
		Extra     [][2]string `json:"extra"`
	} `json:"server"`
	Target struct {
		Name   string      `json:"name"`
		Labels [][2]string `json:"labels"`
		Node   string      `json:"node"`
		Extra  [][2]string `json:"extra"`
	} `json:"target"`
	UnixMs uint64 `json:"unix_ms"`
	State  *struct {
		PluginVersion string `json:"plugin_version"`
		Bytes         latin1 `json:"bytes"`
	} `json:"state"`
	Prefetched []recordedAnswer `json:"prefetched"`
	Calls      []struct {
		Pipeline *struct {
			Answers []recordedAnswer `json:"answers"`
		} `json:"pipeline"`
		Nodes []recordedNode `json:"nodes"`
	} `json:"calls"`
	Sweep *struct {
		Pages []struct {
			Sweep uint32 `json:"sweep"`
			Keys  []struct {
				Key   latin1            `json:"key"`
				Kind  string            `json:"kind"`
				Reads []*recordedAnswer `json:"reads"`
			} `json:"keys"`
		} `json:"pages"`
		Complete bool `json:"complete"`
	} `json:"sweep"`
}

type recordedAnswer struct {
	Command struct {
		Args []latin1 `json:"args"`
	} `json:"command"`
	Reply latin1         `json:"reply"`
	Error *recordedError `json:"error"`
}

type recordedNode struct {
	ID      string      `json:"id"`
	Address string      `json:"address"`
	Role    string      `json:"role"`
	Shard   string      `json:"shard"`
	Primary string      `json:"primary"`
	Slots   [][2]uint32 `json:"slots"`
	Extra   [][2]string `json:"extra"`
}

type recordedError struct {
	Denied      *string    `json:"denied"`
	Limit       *string    `json:"limit"`
	Timeout     bool       `json:"timeout"`
	Unreachable *string    `json:"unreachable"`
	Server      *[2]string `json:"server"`
	Other       *string    `json:"other"`
}

type recordedPage struct {
	sweep uint32
	keys  []contract.Swept
}

// Recorded is a bench of a recording that redwasp plugin record made: its server, its time, its state, the answers to its
// commands, the nodes behind its target and the pages of its sweep.
func Recorded(file string) (*Bench, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var recorded recording
	if err := json.Unmarshal(text, &recorded); err != nil {
		return nil, fmt.Errorf("%s is no recording: %w", file, err)
	}
	if recorded.Redwasp != "recording/1" {
		return nil, fmt.Errorf("%s is no recording of this version: it says redwasp: %q", file, recorded.Redwasp)
	}
	return recorded.bench(), nil
}

func (recorded *recording) bench() *Bench {
	bench := NewBench(redwasp.Server(recorded.Server))
	bench.target = contract.Target(recorded.Target)
	bench.unixMs = recorded.UnixMs
	if state := recorded.State; state != nil {
		bench.state = &contract.SavedState{PluginVersion: state.PluginVersion, Bytes: state.Bytes}
	}
	answers := recorded.Prefetched
	for _, call := range recorded.Calls {
		if call.Pipeline != nil {
			answers = append(answers, call.Pipeline.Answers...)
		}
		if call.Nodes != nil {
			bench.nodes = nil
			for _, node := range call.Nodes {
				bench.nodes = append(bench.nodes, contract.Node(node))
			}
		}
	}
	for _, answer := range answers {
		var command contract.Command
		for _, arg := range answer.Command.Args {
			command.Args = append(command.Args, arg)
		}
		bench.replies = append(bench.replies, canned{words(command), answer.answer()})
	}
	if recorded.Sweep == nil {
		return bench
	}
	bench.isCutShort = !recorded.Sweep.Complete
	bench.pages = []recordedPage{}
	for _, page := range recorded.Sweep.Pages {
		shown := recordedPage{sweep: page.Sweep}
		for _, key := range page.Keys {
			swept := contract.Swept{Key: key.Key, Kind: key.Kind}
			for _, read := range key.Reads {
				if read == nil {
					swept.Reads = append(swept.Reads, nil)
					continue
				}
				answer := read.answer()
				swept.Reads = append(swept.Reads, &answer)
			}
			shown.keys = append(shown.keys, swept)
		}
		bench.pages = append(bench.pages, shown)
	}
	return bench
}

func (recorded *recordedAnswer) answer() contract.Answer {
	err := recorded.Error
	if err == nil {
		return contract.Answer{Reply: recorded.Reply}
	}
	failed := contract.CallError{Case: contract.OtherCallError}
	switch {
	case err.Timeout:
		failed.Case = contract.Timeout
	case err.Server != nil:
		failed = contract.CallError{Case: contract.ServerError, Code: err.Server[0], Text: err.Server[1]}
	case err.Denied != nil:
		failed = contract.CallError{Case: contract.Denied, Text: *err.Denied}
	case err.Limit != nil:
		failed = contract.CallError{Case: contract.Limit, Text: *err.Limit}
	case err.Unreachable != nil:
		failed = contract.CallError{Case: contract.Unreachable, Text: *err.Unreachable}
	case err.Other != nil:
		failed.Text = *err.Other
	}
	return contract.Answer{Err: &failed}
}
