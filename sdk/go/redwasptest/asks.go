package redwasptest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// Bytes of a key that a text repeats.
const longestKey = 64

// denial says why a command of a pipeline is not sent, in the daemon's words; "" when nothing of the rules and of the
// plan's asks is against it. Statistics need no ask.
func denial(asks []contract.Ask, command contract.Command) string {
	read, fault := readOf(command.Args)
	if fault != "" {
		return fault + noGrant
	}
	isAsked := func(ask contract.Ask) bool { return covers(ask, read, command) }
	if read.Reads == "statistics" || slices.ContainsFunc(asks, isAsked) {
		return ""
	}
	what, patterns := read.name, ""
	if read.Key > 0 {
		what += " " + keyText(command.Args[read.Key])
	}
	if command.Database != 0 {
		what += fmt.Sprintf(" in database %d", command.Database)
	}
	if read.readsKeys() {
		patterns = ", with patterns that its keys fit"
	}
	return fmt.Sprintf("%s is not among what the plugin asks for: let its plan ask for %s%s", what, read.name, patterns)
}

// covers says whether an ask is about a command: its name, its database and its first key. The keys after it are compared
// by the daemon.
func covers(ask contract.Ask, read *rule, command contract.Command) bool {
	fits := func(pattern string) bool { return matches(pattern, string(command.Args[read.Key])) }
	switch {
	case !slices.ContainsFunc(ask.Commands, func(name string) bool { return means(name, read.name) }):
		return false
	case !read.readsKeys():
		return true
	case !slices.Contains(databases(ask), command.Database):
		return false
	}
	return read.Key == 0 || slices.ContainsFunc(ask.Keys, fits)
}

// means says whether a name of an ask is that of a command, or of the one that it is a subcommand of.
func means(asked, name string) bool {
	asked = strings.ToUpper(strings.Join(strings.Fields(asked), " "))
	container, _, hasSubcommand := strings.Cut(name, " ")
	return asked == name || hasSubcommand && asked == container
}

func databases(ask contract.Ask) []uint32 {
	if len(ask.Databases) == 0 {
		return []uint32{0}
	}
	return ask.Databases
}

func keyText(key []byte) string {
	if len(key) > longestKey {
		return escaped(key[:longestKey]) + "…"
	}
	return escaped(key)
}
