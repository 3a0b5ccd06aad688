package redwasptest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/redwasptest"
)

func TestASweepFindsTheKeysOfItsDatabasePatternAndTypes(t *testing.T) {
	shop := func() *redwasptest.Bench {
		bench := bench().Key(0, "order:list", "list").Key(0, "offer:1", "hash").Key(1, "order:1", "hash").Key(0, "order:s", "string").
			Reply("OBJECT ENCODING order:s", redwasptest.Bulk("raw"))
		for i := range 4 {
			name := fmt.Sprintf("order:%d", i)
			bench.Key(0, name, "hash").Reply("HGET "+name+" amount", redwasptest.Bulk("1.5"))
		}
		return bench
	}
	for expected, bench := range map[string]*redwasptest.Bench{
		"5 orders of the kinds [string hash hash hash hash], 1 others in 3 pages, complete: true":  shop(),
		"5 orders of the kinds [string hash hash hash hash], 1 others in 6 pages, complete: true":  shop().PageOf(1),
		"5 orders of the kinds [string hash hash hash hash], 1 others in 2 pages, complete: false": shop().PageOf(9).CutShort(),
	} {
		page, err := bench.Sweep(plugin, "{}")
		if err != nil {
			t.Fatal(err)
		}
		if value, _ := page.Value("up_seconds", nil); value != 6 || page.Warnings()[0] != expected {
			t.Error(value, page.Warnings())
		}
	}
	_, err := shop().Key(0, "order:new", "hash").Sweep(plugin, "{}")
	if !errors.Is(err, redwasp.Denied("the bench has no reply to HGET order:new amount")) {
		t.Error(err)
	}
}

func TestAPageHasItsOwnBudget(t *testing.T) {
	defer func() { onPage = nil }()
	onPage = func(request *redwasp.Request) error {
		for range 64 {
			if _, err := request.Pipeline(); err != nil {
				return err
			}
		}
		return nil
	}
	bench := bench().Key(1, "a", "string").Key(1, "b", "string").PageOf(1)
	if _, err := bench.Sweep(plugin, "{}"); err != nil {
		t.Error(err)
	}
}

// A state that a walk keeps would be lost without a word.
func TestAWalkKeepsNoState(t *testing.T) {
	defer func() { onEnd = nil }()
	for _, keep := range []func(report *redwasp.Report){
		func(report *redwasp.Report) { _ = report.Keep(1) },
		func(report *redwasp.Report) { _ = report.Keep(struct{ hidden int }{1}) },
		func(report *redwasp.Report) { report.Save([]byte("1")) },
	} {
		onEnd = keep
		_, err := bench().Sweep(plugin, "{}")
		if err == nil || !strings.HasPrefix(err.Error(), "collect failed: panic: a walk keeps no state: Keep and Save are for Collect\n  at sweep_test.go:") {
			t.Error(err)
		}
	}
}

func TestARecordingIsABench(t *testing.T) {
	file := filepath.Join(t.TempDir(), "recording.json")
	text := `{"redwasp": "recording/1", "plugin": "probe", "version": "1.0.0", "digest": "sha256:00", "config": {},
		"server": {"product": "valkey", "version": "9.1.2", "mode": "cluster", "role": "slave", "databases": 1, "extra": [["keys", "node"]]},
		"target": {"name": "redis://there:6379", "labels": [["a", "b"]], "node": "n", "extra": []},
		"unix_ms": 1763800000000, "state": {"plugin_version": "0.9.0", "bytes": "\u00ff"}, "prepared": "",
		"prefetched": [{"command": {"database": 0, "args": ["LLEN", "waiting"]}, "reply": "$1\r\n\u00ff\r\n"},
			{"command": {"database": 0, "args": ["LLEN", "waiting"]}, "error": {"server": ["ERR", "why"]}}],
		"calls": [{"pipeline": {"route": "automatic", "answers": [{"command": {"database": 0, "args": ["GET", "\u00fe"]}, "error": {"timeout": true}}], "failed": false}},
			{"nodes": [{"id": "n1", "address": "there:6379", "role": "master", "shard": "s", "primary": "", "slots": [[0, 5]], "extra": [["zone", "a"]], "newer": 1}]}],
		"sweep": {"pages": [{"sweep": 0, "keys": [{"key": "order:\u00ff", "kind": "hash", "reads": [{"reply": ",2.5\r\n"}, null]}]}], "complete": false}}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	recorded, err := redwasptest.Recorded(file)
	if err != nil {
		t.Fatal(err)
	}
	_, err = collect(recorded, func(c *probe, request *redwasp.Request, report *redwasp.Report) error {
		server, target := request.Server(), request.Target()
		if server.Product != "valkey" || server.Extra[0] != [2]string{"keys", "node"} || target.Labels[0][1] != "b" || request.UnixMs() != 1763800000000 {
			t.Error(server, target, request.UnixMs())
		}
		if version, bytes, ok := request.State(); version != "0.9.0" || string(bytes) != "\xff" || !ok {
			t.Error(version, bytes, ok)
		}
		if bytes, err := request.Bytes(c.First); string(bytes) != "$1\r\n\xff\r\n" {
			t.Error(bytes, err)
		}
		if _, err := request.Bytes(c.Second); err != (redwasp.ServerError{Code: "ERR", Message: "why"}) {
			t.Error(err)
		}
		replies, err := request.Pipeline(redwasp.NewCommand("GET", "\xfe"))
		if err != nil {
			return err
		}
		if _, err := replies.Bytes(0); err != (redwasp.Timeout{}) {
			t.Error(err)
		}
		nodes, err := request.Nodes()
		expected := redwasp.Node{ID: "n1", Address: "there:6379", Role: "master", Shard: "s", Slots: [][2]uint32{{0, 5}}, Extra: [][2]string{{"zone", "a"}}}
		if err != nil || !reflect.DeepEqual(nodes, []redwasp.Node{expected}) {
			t.Error(nodes, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	page, err := recorded.Sweep(plugin, "{}")
	if err != nil {
		t.Fatal(err)
	}
	if page.Warnings()[0] != "1 orders of the kinds [hash], 0 others in 1 pages, complete: false" {
		t.Error(page.Warnings())
	}
	onConfigure = func(plan *redwasp.Plan) error {
		plan.Prefetch(redwasp.NewCommand("SET", "a", "1"))
		return nil
	}
	defer func() { onConfigure = nil }()
	if _, err := recorded.Sweep(plugin, "{}"); err != redwasptest.PlanRefused("SET writes; no grant allows it") {
		t.Error(err)
	}
	for _, wrong := range []string{`{}`, `{"redwasp": "recording/2"}`, `{"redwasp": "recording/1", "sweep": {"pages": [{"keys": [{"key": "\u0100"}]}]}}`, `x`} {
		if err := os.WriteFile(file, []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := redwasptest.Recorded(file); err == nil {
			t.Errorf("%s is a recording", wrong)
		}
	}
}
