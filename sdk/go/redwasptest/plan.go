package redwasptest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// What the daemon asks of every plan. Labels of a family and commands to prefetch have bounds that operators raise: a bench
// cannot know them.
const (
	// Sweeps of a plan, and reads of a sweep.
	mostSweeps = 256
	mostReads  = 16
	// Bytes of a pattern of keys.
	longestPattern = 1024
)

// Follows what nobody may send.
const noGrant = "; no grant allows it"

// planFault says why the daemon refuses a plan, in its words; "" when nothing of the rules is against it.
func planFault(plan *contract.Plan) string {
	return cmp.Or(
		scopeFault(redwasp.Scope(plan.Scope)),
		familiesFault(plan.Families),
		asksFault(plan.Asks),
		prefetchFault(plan.Prefetch),
		sweepsFault(plan.Sweeps),
	)
}

func scopeFault(scope redwasp.Scope) string {
	if slices.Contains([]redwasp.Scope{redwasp.ScopeNode, redwasp.ScopePrimary, redwasp.ScopeOnce}, scope) {
		return ""
	}
	return fmt.Sprintf("scope %q is none of node, primary, once", string(scope))
}

// asksFault says everything that is wrong with asks.
func asksFault(asks []contract.Ask) string {
	var faults []string
	for place, ask := range asks {
		faults = append(faults, askFaults(fmt.Sprintf("asks[%d]", place), ask)...)
	}
	return strings.Join(faults, "; ")
}

func askFaults(at string, ask contract.Ask) (faults []string) {
	readsKeys := false
	for _, name := range ask.Commands {
		reads, fault := readsNamed(name)
		if fault != "" {
			faults = append(faults, at+".commands: "+fault)
			continue
		}
		readsKeys = readsKeys || slices.ContainsFunc(reads, (*rule).readsKeys)
		readsOthers := func(read *rule) bool { return !read.readsKeys() }
		if len(ask.Keys) == 0 && !slices.ContainsFunc(reads, readsOthers) {
			faults = append(faults, fmt.Sprintf("%s.keys: %s reads keys, and no pattern says which", at, name))
		}
	}
	if len(ask.Keys) > 0 && !readsKeys {
		faults = append(faults, at+".commands: none of them reads keys, and there are patterns of keys")
	}
	for _, pattern := range ask.Keys {
		if len(pattern) > longestPattern {
			faults = append(faults, fmt.Sprintf("%s.keys: a pattern of %d bytes matches nothing: %d are taken", at, len(pattern), longestPattern))
		}
	}
	return faults
}

func prefetchFault(commands []contract.Command) string {
	for _, command := range commands {
		if _, fault := readOf(command.Args); fault != "" {
			return fault + noGrant
		}
	}
	return ""
}

func sweepsFault(sweeps []contract.Sweep) string {
	if len(sweeps) > mostSweeps {
		return fmt.Sprintf("%d sweeps, more than the %d allowed", len(sweeps), mostSweeps)
	}
	for _, sweep := range sweeps {
		if len(sweep.Reads) > mostReads {
			return fmt.Sprintf("%d reads in a sweep, more than the %d allowed", len(sweep.Reads), mostReads)
		}
		if len(sweep.Pattern) > longestPattern {
			return fmt.Sprintf("a pattern of a sweep with %d bytes: %d are taken", len(sweep.Pattern), longestPattern)
		}
		for _, read := range sweep.Reads {
			if fault := readFault(read); fault != "" {
				return fault
			}
		}
	}
	return ""
}

// readFault says what is wrong with a read of a sweep. Its key has to be where the command has its first one; of commands
// that have it at no fixed place, nothing is said.
func readFault(read contract.KeyRead) string {
	found, fault := readOf(readWords(read, "key"))
	switch {
	case fault != "":
		return fault + noGrant
	case !found.readsKeys() || found.Key > 0 && found.Key != len(read.Before):
		return found.name + " as a read of a sweep has to read the key that it is about, and no other"
	}
	return ""
}

// readWords are the words of a read of a key.
func readWords(read contract.KeyRead, key string) [][]byte {
	return slices.Concat(read.Before, [][]byte{[]byte(key)}, read.After)
}
