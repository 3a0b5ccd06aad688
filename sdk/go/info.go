package redwasp

import (
	"iter"
	"strconv"
	"strings"
)

// Info is the text of an INFO reply (https://redis.io/docs/latest/commands/info/): sections of name:value lines.
type Info struct {
	text string
}

// InfoField is one name:value line. Section is the section it stands in, as the server writes it; "" before the first.
// The value is what stands after the first colon, and may hold more of them.
type InfoField struct {
	Section, Name, Value string
}

// NewInfo reads the text of a reply. The error is a Mismatch when it is not a string.
func NewInfo(reply Reply) (Info, error) {
	text, err := reply.Text()
	return Info{text}, err
}

// Fields gives every field, in the server's order, without the spaces around its line.
func (info Info) Fields() iter.Seq[InfoField] {
	return func(yield func(InfoField) bool) {
		section := ""
		for line := range strings.SplitSeq(info.text, "\n") {
			line = strings.TrimSpace(line)
			if title, isTitle := strings.CutPrefix(line, "# "); isTitle {
				section = title
			} else if name, value, isField := strings.Cut(line, ":"); isField && !yield(InfoField{section, name, value}) {
				return
			}
		}
	}
}

// Section gives the fields of the sections of that title, in the server's order.
func (info Info) Section(title string) iter.Seq[InfoField] {
	return func(yield func(InfoField) bool) {
		for field := range info.Fields() {
			if field.Section == title && !yield(field) {
				return
			}
		}
	}
}

// Get gives the value of the first field of that name, in whatever section, and whether there is one.
func (info Info) Get(name string) (string, bool) {
	for field := range info.Fields() {
		if field.Name == name {
			return field.Value, true
		}
	}
	return "", false
}

// Number gives the first field of that name as InfoNumber reads it, and whether there is one.
func (info Info) Number(name string) (float64, bool) {
	value, _ := info.Get(name)
	return InfoNumber(value)
}

// InfoNumber reads a value as a number. Redis also writes words: ok and true are 1, err, fail and false are 0.
func InfoNumber(value string) (float64, bool) {
	switch value {
	case "ok", "true":
		return 1, true
	case "err", "fail", "false":
		return 0, true
	}
	number, err := strconv.ParseFloat(value, 64)
	return number, err == nil
}

// InfoParts gives the parts of a value like keys=1,expires=0, in their order. A part without = has an empty value.
func InfoParts(value string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for part := range strings.SplitSeq(value, ",") {
			if name, value, _ := strings.Cut(part, "="); !yield(name, value) {
				return
			}
		}
	}
}
