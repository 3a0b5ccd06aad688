package contract

import (
	"reflect"
	"testing"
)

// reckoned is the size of a layout as its walk goes over the fields of a value.
func reckoned[T any](layout Layout[T], values ...T) int {
	largest := 0
	for i := range values {
		w := Walk{isWrite: true}
		w.reserve(layout.size+64, layout.align)
		layout.walk(&w, &values[i])
		largest = max(largest, alignUp(w.at, layout.align))
	}
	return largest
}

func TestSizesAreThoseOfTheFields(t *testing.T) {
	check := func(name string, size, reckoned int) {
		if size != reckoned {
			t.Errorf("%s has %d bytes, and its fields %d", name, size, reckoned)
		}
	}
	failed := &CallError{Case: ServerError}
	check("pair", PairLayout.size, reckoned(PairLayout, Pair{}))
	check("family", familyLayout.size, reckoned(familyLayout, Family{}))
	check("sample", sampleLayout.size, reckoned(sampleLayout, Sample{}))
	check("bucket", bucketLayout.size, reckoned(bucketLayout, Bucket{}))
	check("bucketed", bucketedLayout.size, reckoned(bucketedLayout, Bucketed{}))
	check("quantile", quantileLayout.size, reckoned(quantileLayout, Quantile{}))
	check("quantiled", quantiledLayout.size, reckoned(quantiledLayout, Quantiled{}))
	check("command", CommandLayout.size, reckoned(CommandLayout, Command{}))
	check("call-error", callErrorLayout.size, reckoned(callErrorLayout, CallError{}, *failed))
	check("answer", answerLayout.size, reckoned(answerLayout, Answer{}, Answer{Err: failed}))
	check("server", ServerLayout.size, reckoned(ServerLayout, Server{}))
	check("target", targetLayout.size, reckoned(targetLayout, Target{}))
	check("saved-state", savedStateLayout.size, reckoned(savedStateLayout, SavedState{}))
	check("option of saved-state", savedLayout.size, reckoned(savedLayout, nil, &SavedState{}))
	check("option of bytes", stateLayout.size, reckoned(stateLayout, nil, &[]byte{}))
	check("request", RequestLayout.size, reckoned(RequestLayout, Request{}))
	check("report", reportLayout.size, reckoned(reportLayout, Report{}))
	check("failure", failureLayout.size, reckoned(failureLayout, Failure{}, Failure{Case: Redis, Redis: *failed}))
	check("description", DescriptionLayout.size, reckoned(DescriptionLayout, Description{}))
	check("ask", askLayout.size, reckoned(askLayout, Ask{}))
	check("key-read", keyReadLayout.size, reckoned(keyReadLayout, KeyRead{}))
	check("sweep", sweepLayout.size, reckoned(sweepLayout, Sweep{}))
	check("problem", problemLayout.size, reckoned(problemLayout, Problem{}))
	check("plan", planLayout.size, reckoned(planLayout, Plan{}))
	check("refusal", refusalLayout.size, reckoned(refusalLayout, Refusal{}, Refusal{Case: RefusedInvalid}))
	check("read", readLayout.size, reckoned(readLayout, nil, &Answer{}, &Answer{Err: failed}))
	check("swept", SweptLayout.size, reckoned(SweptLayout, Swept{}))
	check("node", nodeLayout.size, reckoned(nodeLayout, Node{}))
	check("budget", BudgetLayout.size, reckoned(BudgetLayout, Budget{}))
	check("configured", ConfiguredLayout.size, reckoned(ConfiguredLayout, Configured{}, Configured{Refusal: &Refusal{}}))
	redis := &Failure{Case: Redis, Redis: *failed}
	check("collected", CollectedLayout.size, reckoned(CollectedLayout, Collected{}, Collected{Failure: redis}))
	check("begun", BegunLayout.size, reckoned(BegunLayout, Begun{}, Begun{Failure: redis}))
	check("answered", AnsweredLayout.size, reckoned(AnsweredLayout, Answered{}, Answered{Err: failed}))
	check("noded", NodedLayout.size, reckoned(NodedLayout, Noded{}, Noded{Err: failed}))
}

// Every field of a type that crosses has its own value here, so that none can be left out or taken for another.
func TestWhatIsWrittenIsRead(t *testing.T) {
	state := []byte("state")
	failed := CallError{Case: ServerError, Code: "WRONGTYPE", Text: "not a set"}
	crosses(t, CollectedLayout, Collected{Report: &Report{
		Samples:    []Sample{{1, []string{"a", ""}, 1.5}, {2, []string{"b"}, -1}},
		Histograms: []Bucketed{{3, []string{"c"}, []Bucket{{0.5, 4}, {1, 5}}, 6, 7}},
		Summaries:  []Quantiled{{8, []string{"d"}, []Quantile{{0.9, 9}}, 10, 11}},
		Late:       []Family{{"name", "help", "unit", 5, []string{"e", "f"}}},
		Warnings:   []string{"warning"},
		Partial:    true,
		State:      &state,
		Extra:      []Pair{{"g", "h"}},
	}})
	crosses(t, CollectedLayout, Collected{Failure: &Failure{Case: Redis, Redis: failed}})
	crosses(t, CollectedLayout, Collected{Failure: &Failure{Case: Other, Text: "why"}})
	crosses(t, BegunLayout, Begun{})
	crosses(t, BegunLayout, Begun{Failure: &Failure{Case: Redis, Redis: CallError{Case: Timeout}}})
	crosses(t, RequestLayout, Request{
		Prepared:   []byte("prepared"),
		Target:     Target{"name", []Pair{{"a", "b"}}, "node", []Pair{{"c", "d"}}},
		Server:     Server{"redis", "7.0.15", "standalone", "master", 16, []Pair{{"e", "f"}}},
		Prefetched: []Answer{{Reply: []byte("reply")}, {Err: &failed}, {Err: &CallError{Case: Denied, Text: "grant"}}},
		State:      &SavedState{"1.0.0", []byte("bytes")},
		UnixMs:     1 << 40,
		Extra:      []Pair{{"g", "h"}},
	})
	crosses(t, ConfiguredLayout, Configured{Plan: &Plan{
		Families:     []Family{{"name", "help", "unit", 1, []string{"a"}}},
		LatePrefixes: []string{"late_"},
		Asks:         []Ask{{[]string{"GET"}, []string{"k*"}, []uint32{1, 2}}},
		Prefetch:     []Command{{3, [][]byte{[]byte("INFO"), []byte("ALL")}}},
		Sweeps:       []Sweep{{4, []byte("*"), []string{"hash"}, []KeyRead{{[][]byte{[]byte("HGET")}, [][]byte{[]byte("f")}, []string{"hash"}}}}},
		Scope:        "once",
		Problems:     []Problem{{"/a", "b"}},
		Prepared:     []byte("c"),
		Extra:        []Pair{{"d", "e"}},
	}})
	crosses(t, ConfiguredLayout, Configured{Refusal: &Refusal{Case: RefusedNotApplicable, Text: "why"}})
	crosses(t, ConfiguredLayout, Configured{Refusal: &Refusal{Case: RefusedInvalid, Problems: []Problem{{"", "wrong"}}}})
	crosses(t, ConfiguredLayout, Configured{Refusal: &Refusal{Case: RefusedOther, Text: "broken"}})
	crosses(t, DescriptionLayout, Description{"a", "b", "c", "d", []Pair{{"e", "f"}}})
	crosses(t, AnsweredLayout, Answered{Answers: []Answer{{Reply: []byte("a")}, {Err: &failed}}})
	crosses(t, AnsweredLayout, Answered{Err: &CallError{Case: Limit, Text: "why"}})
	crosses(t, NodedLayout, Noded{Nodes: []Node{{"a", "b", "c", "d", "e", []SlotRange{{1, 2}}, []Pair{{"f", "g"}}}}})
	crosses(t, BudgetLayout, Budget{1, 2, 3, 4})
	crosses(t, SweptLayout, Swept{[]byte("key"), "hash", []*Answer{nil, {Reply: []byte("a")}, {Err: &failed}}})
}

func crosses[T any](t *testing.T, layout Layout[T], value T) {
	t.Helper()
	written := Write(layout, &value)
	for _, isCopied := range []bool{false, true} {
		if read := Read(layout, written.Memory, 0, isCopied); !reflect.DeepEqual(read, value) {
			t.Errorf("copied %v: %+v\nwas written as %+v", isCopied, read, value)
		}
	}
}

func TestACopyDoesNotReferToTheMemory(t *testing.T) {
	written := Write(SweptLayout, &Swept{Key: []byte("key"), Kind: "hash"})
	copied := Read(SweptLayout, written.Memory, 0, true)
	referring := Read(SweptLayout, written.Memory, 0, false)
	clear(written.Bytes())
	if string(copied.Key) != "key" || copied.Kind != "hash" {
		t.Error("the copy changed")
	}
	if string(referring.Key) == "key" {
		t.Error("what should refer to the memory is a copy: replies of 16 MiB would be there twice")
	}
}

func TestLocatedAddressesAreAbsolute(t *testing.T) {
	written := Write(DescriptionLayout, &Description{Name: "name", Extra: []Pair{{"a", "b"}}})
	const base = 1 << 20
	written.Locate(base)
	memory := func(address, size uint32) []byte { return written.Memory(address-base, size) }
	if read := Read(DescriptionLayout, memory, base, true); read.Name != "name" || read.Extra[0][1] != "b" {
		t.Error(read)
	}
}
