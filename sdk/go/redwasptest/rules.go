package redwasptest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// The daemon writes it, from its own tables.
//
//go:embed rules.json
var rulesText []byte

const (
	// Bytes of a word of a name that a text repeats, and of the longest that is a name.
	longestName = 64
	// Words of one command.
	mostWords = 10_000
)

// rules are what the daemon says of names of families and of commands, whatever an operator grants.
type rules struct {
	// Families, without the namespace, that are the exporter's own, and how the names of others begin.
	OwnFamilies []string `json:"own_families"`
	OwnPrefix   string   `json:"own_prefix"`
	// By their names in upper case, subcommands included: XINFO STREAM.
	Commands map[string]*rule `json:"commands"`
	// Commands that have subcommands with rules of their own.
	containers map[string]bool
}

// rule is what is said of one command: why nobody may send it, or how it is written and what it reads.
type rule struct {
	name    string
	Refused string `json:"refused"`
	Usage   string `json:"usage"`
	// How many arguments may follow the name. Most is -1 for any number.
	Least int `json:"least"`
	Most  int `json:"most"`
	// "keys", "statistics", which need no ask, or "server".
	Reads string `json:"reads"`
	// Where its first key is, counted from the name; 0 where there is none, or none at a fixed place.
	Key int `json:"key"`
}

var daemonRules = sync.OnceValue(func() *rules {
	read := rules{containers: map[string]bool{}}
	if err := json.Unmarshal(rulesText, &read); err != nil {
		panic("rules.json of redwasptest: " + err.Error())
	}
	for name, rule := range read.Commands {
		rule.name = name
		if container, _, hasSubcommand := strings.Cut(name, " "); hasSubcommand {
			read.containers[container] = true
		}
	}
	return &read
})

// readsKeys says whether it needs patterns of keys.
func (rule *rule) readsKeys() bool { return rule.Reads == "keys" }

// words are how many words of a command are its name.
func (rule *rule) words() int { return 1 + strings.Count(rule.name, " ") }

// ruleOf is the rule of a command; or what is wrong with its name.
func ruleOf(words [][]byte) (*rule, string) {
	if len(words) == 0 {
		return nil, unknown(nil)
	}
	all, length, name := daemonRules(), 1, upper(words[0])
	isContainer := all.containers[name]
	if isContainer && len(words) > 1 {
		length, name = 2, name+" "+upper(words[1])
	}
	if found := all.Commands[name]; found != nil {
		return found, ""
	}
	if isContainer && length == 1 {
		return nil, name + " needs a subcommand"
	}
	return nil, unknown(words[:length])
}

// readOf is the rule of a command that may be sent if it is granted; or why nobody may send it.
func readOf(words [][]byte) (*rule, string) {
	rule, fault := ruleOf(words)
	if fault != "" {
		return nil, fault
	}
	arguments := len(words) - rule.words()
	switch {
	case rule.Refused != "":
		return nil, rule.name + " " + rule.Refused
	case len(words) > mostWords:
		return nil, fmt.Sprintf("%s has more than %d arguments: send it in parts", rule.name, mostWords)
	case arguments < rule.Least || rule.Most >= 0 && arguments > rule.Most:
		return nil, rule.name + " is written otherwise: " + rule.Usage
	}
	return rule, ""
}

// readsNamed are the reads that an ask means by a name: one, or all of a command with subcommands; or why there are none.
func readsNamed(name string) ([]*rule, string) {
	words := bytes.Fields([]byte(name))
	if len(words) == 1 && daemonRules().containers[upper(words[0])] {
		return readsUnder(upper(words[0]))
	}
	found, fault := ruleOf(words)
	switch {
	case fault != "":
		return nil, fault
	case len(words) > found.words():
		return nil, unknown(words)
	case found.Refused != "":
		return nil, found.name + " " + found.Refused
	}
	return []*rule{found}, ""
}

func readsUnder(container string) ([]*rule, string) {
	var reads []*rule
	for name, rule := range daemonRules().Commands {
		if first, _, _ := strings.Cut(name, " "); first == container && rule.Refused == "" {
			reads = append(reads, rule)
		}
	}
	if reads == nil {
		return nil, container + " has no reads"
	}
	return reads, ""
}

// unknown is said of words that are the name of no command.
func unknown(words [][]byte) string {
	shown := make([]string, len(words))
	for i, word := range words {
		shown[i] = escaped(word[:min(len(word), longestName)])
	}
	name := strings.Join(shown, " ")
	switch {
	case name == "":
		name = "a command without a name"
	case strings.Contains(shown[0], " "):
		return `"` + shown[0] + `"` + " is one word: give the name and each argument as a word of its own"
	}
	return name + " is not in redwasp's table of reads"
}

// upper is a word as the rules have it; "" for one that cannot be in a name.
func upper(word []byte) string {
	isOdd := func(char rune) bool { return char <= ' ' || char > '~' }
	if len(word) > longestName || bytes.ContainsFunc(word, isOdd) {
		return ""
	}
	return strings.ToUpper(string(word))
}

// escaped is bytes as the daemon's texts have them.
func escaped(bytes []byte) string {
	var text strings.Builder
	for _, byte := range bytes {
		switch {
		case byte == '\t':
			text.WriteString(`\t`)
		case byte == '\r':
			text.WriteString(`\r`)
		case byte == '\n':
			text.WriteString(`\n`)
		case byte == '\'' || byte == '"' || byte == '\\':
			text.WriteString(`\` + string(rune(byte)))
		case byte < ' ' || byte > '~':
			fmt.Fprintf(&text, `\x%02x`, byte)
		default:
			text.WriteByte(byte)
		}
	}
	return text.String()
}
