package contract

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// What of the contract's text is needed to know how its types lie in memory.
type wit struct {
	// The bodies of records, variants and enums by their names, and what other names stand for.
	records, variants, enums map[string][]string
	aliases                  map[string]string
}

var (
	comments     = regexp.MustCompile(`//[^\n]*`)
	declarations = regexp.MustCompile(`(record|variant|enum) ([a-z-]+) \{([^}]*)\}`)
	aliases      = regexp.MustCompile(`type ([a-z-]+) = ([^;]+);`)
)

func readWit(t *testing.T) wit {
	t.Helper()
	w := wit{map[string][]string{}, map[string][]string{}, map[string][]string{}, map[string]string{}}
	files, err := filepath.Glob("../../../../wit/*.wit")
	if err != nil || len(files) == 0 {
		t.Fatal("the contract is not there", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		plain := comments.ReplaceAllString(string(text), "")
		for _, found := range declarations.FindAllStringSubmatch(plain, -1) {
			into := map[string]map[string][]string{"record": w.records, "variant": w.variants, "enum": w.enums}[found[1]]
			into[found[2]] = parts(found[3])
		}
		for _, found := range aliases.FindAllStringSubmatch(plain, -1) {
			w.aliases[found[1]] = found[2]
		}
	}
	return w
}

// parts are what stands between commas that are in no brackets.
func parts(text string) []string {
	var all []string
	depth, begin := 0, 0
	for i, c := range text + "," {
		switch {
		case c == '<' || c == '(':
			depth++
		case c == '>' || c == ')':
			depth--
		case c == ',' && depth == 0:
			if part := strings.TrimSpace(text[begin:i]); part != "" {
				all = append(all, part)
			}
			begin = i + 1
		}
	}
	return all
}

// size is the size and the alignment of a type, by the canonical ABI.
func (w wit) size(of string) (size, align int) {
	if alias, ok := w.aliases[of]; ok {
		return w.size(alias)
	}
	name, inner, _ := strings.Cut(strings.TrimSuffix(of, ">"), "<")
	switch name {
	case "_":
		return 0, 1
	case "bool", "u8":
		return 1, 1
	case "u32":
		return 4, 4
	case "u64", "f64":
		return 8, 8
	case "string", "list":
		return 8, 4
	case "tuple":
		return w.fields(parts(inner))
	case "option":
		return w.cases([]string{inner})
	case "result":
		return w.cases(parts(inner))
	}
	if _, ok := w.enums[of]; ok {
		return 1, 1
	}
	if record, ok := w.records[of]; ok {
		var types []string
		for _, field := range record {
			_, kind, _ := strings.Cut(field, ": ")
			types = append(types, kind)
		}
		return w.fields(types)
	}
	var payloads []string
	for _, one := range w.variants[of] {
		if _, payload, ok := strings.Cut(strings.TrimSuffix(one, ")"), "("); ok {
			payloads = append(payloads, payload)
		}
	}
	return w.cases(payloads)
}

func (w wit) fields(types []string) (at, align int) {
	align = 1
	for _, of := range types {
		size, needs := w.size(of)
		at = alignUp(at, needs) + size
		align = max(align, needs)
	}
	return alignUp(at, align), align
}

func (w wit) cases(payloads []string) (size, align int) {
	align = 1
	for _, of := range payloads {
		payload, needs := w.size(of)
		size, align = max(size, payload), max(align, needs)
	}
	return alignUp(alignUp(1, align)+size, align), align
}

func checkLayout[T any](t *testing.T, w wit, of string, layout Layout[T]) {
	t.Helper()
	if size, align := w.size(of); size != layout.size || align != layout.align {
		t.Errorf("%s has %d bytes, aligned to %d, in the contract, and %d, aligned to %d, here", of, size, align, layout.size, layout.align)
	}
	record, isRecord := w.records[of]
	kind := reflect.TypeFor[T]()
	if !isRecord || kind.Kind() != reflect.Struct {
		return
	}
	var fields, names []string
	for i := range kind.NumField() {
		fields = append(fields, strings.ToLower(kind.Field(i).Name))
	}
	for _, field := range record {
		name, _, _ := strings.Cut(field, ":")
		names = append(names, strings.ReplaceAll(strings.TrimPrefix(name, "%"), "-", ""))
	}
	if !reflect.DeepEqual(fields, names) {
		t.Errorf("%s has the fields %v in the contract, and %v here", of, names, fields)
	}
}

// A contract that changes must change these types.
func TestTypesAreThoseOfTheContract(t *testing.T) {
	w := readWit(t)
	checkLayout(t, w, "family", familyLayout)
	checkLayout(t, w, "sample", sampleLayout)
	checkLayout(t, w, "bucketed", bucketedLayout)
	checkLayout(t, w, "quantiled", quantiledLayout)
	checkLayout(t, w, "command", CommandLayout)
	checkLayout(t, w, "call-error", callErrorLayout)
	checkLayout(t, w, "server", ServerLayout)
	checkLayout(t, w, "target", targetLayout)
	checkLayout(t, w, "saved-state", savedStateLayout)
	checkLayout(t, w, "request", RequestLayout)
	checkLayout(t, w, "report", reportLayout)
	checkLayout(t, w, "failure", failureLayout)
	checkLayout(t, w, "description", DescriptionLayout)
	checkLayout(t, w, "ask", askLayout)
	checkLayout(t, w, "key-read", keyReadLayout)
	checkLayout(t, w, "sweep", sweepLayout)
	checkLayout(t, w, "problem", problemLayout)
	checkLayout(t, w, "plan", planLayout)
	checkLayout(t, w, "refusal", refusalLayout)
	checkLayout(t, w, "swept", SweptLayout)
	checkLayout(t, w, "node", nodeLayout)
	checkLayout(t, w, "budget", BudgetLayout)
	checkLayout(t, w, "tuple<string, string>", PairLayout)
	checkLayout(t, w, "option<saved-state>", savedLayout)
	checkLayout(t, w, "option<result<reply, call-error>>", readLayout)
	checkLayout(t, w, "result<plan, refusal>", ConfiguredLayout)
	checkLayout(t, w, "result<report, failure>", CollectedLayout)
	checkLayout(t, w, "result<_, failure>", BegunLayout)
	checkLayout(t, w, "result<list<result<reply, call-error>>, call-error>", AnsweredLayout)
	checkLayout(t, w, "result<list<node>, call-error>", NodedLayout)
	last := map[string]uint8{"call-error": OtherCallError, "failure": Other, "refusal": RefusedOther, "route": Any}
	for variant, last := range last {
		if len(w.variants[variant]) != int(last)+1 {
			t.Errorf("%s has the cases %v", variant, w.variants[variant])
		}
	}
}
