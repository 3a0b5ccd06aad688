// Package json reads and writes JSON as a tree: what a configuration and its schema need. It is a tenth of what the standard
// library's package adds to a component, which every daemon has to compile.
package json

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Number is a number as it is written.
type Number string

// Object is an object.
type Object = map[string]any

// The deepest nesting that is read.
const maxDepth = 128

// Parse reads one value: nil, bool, Number, string, []any or Object. Of a name that is there twice the last one counts.
func Parse(text string) (any, error) {
	p := parser{text: text}
	value, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(text) {
		return nil, p.fault("something follows the value")
	}
	return value, nil
}

type parser struct {
	text string
	at   int
}

func (p *parser) fault(what string) error { return fmt.Errorf("%s at byte %d", what, p.at) }

// space steps over blanks, and gives the byte that follows; 0 at the end.
func (p *parser) space() byte {
	for ; p.at < len(p.text); p.at++ {
		switch p.text[p.at] {
		case ' ', '\t', '\r', '\n':
		default:
			return p.text[p.at]
		}
	}
	return 0
}

func (p *parser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.fault("nested too deeply")
	}
	switch next := p.space(); {
	case next == '{':
		return p.object(depth)
	case next == '[':
		return p.array(depth)
	case next == '"':
		return p.string()
	case next == '-' || '0' <= next && next <= '9':
		return p.number()
	}
	for word, value := range map[string]any{"null": nil, "true": true, "false": false} {
		if len(p.text)-p.at >= len(word) && p.text[p.at:p.at+len(word)] == word {
			p.at += len(word)
			return value, nil
		}
	}
	return nil, p.fault("no value begins")
}

func (p *parser) object(depth int) (any, error) {
	object := Object{}
	err := p.list('}', func() error {
		if p.space() != '"' {
			return p.fault("no name begins")
		}
		name, err := p.string()
		if err != nil {
			return err
		}
		if p.space() != ':' {
			return p.fault("no colon follows the name")
		}
		p.at++
		object[name], err = p.value(depth + 1)
		return err
	})
	return object, err
}

func (p *parser) array(depth int) (any, error) {
	array := []any{}
	err := p.list(']', func() error {
		value, err := p.value(depth + 1)
		array = append(array, value)
		return err
	})
	return array, err
}

// list reads elements with commas between them.
func (p *parser) list(end byte, element func() error) error {
	p.at++
	if p.space() == end {
		p.at++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		switch p.space() {
		case ',':
			p.at++
		case end:
			p.at++
			return nil
		default:
			return p.fault("no comma and no end follows")
		}
	}
}

func (p *parser) number() (any, error) {
	begin := p.at
	if p.text[p.at] == '-' {
		p.at++
	}
	whole := p.at
	if !p.digits() || p.text[whole] == '0' && p.at > whole+1 {
		return nil, p.fault("not a number")
	}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		if p.at++; !p.digits() {
			return nil, p.fault("not a number")
		}
	}
	if p.at < len(p.text) && (p.text[p.at] == 'e' || p.text[p.at] == 'E') {
		p.at++
		if p.at < len(p.text) && (p.text[p.at] == '+' || p.text[p.at] == '-') {
			p.at++
		}
		if !p.digits() {
			return nil, p.fault("not a number")
		}
	}
	return Number(p.text[begin:p.at]), nil
}

// digits steps over digits, and says whether there are any.
func (p *parser) digits() bool {
	begin := p.at
	for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		p.at++
	}
	return p.at > begin
}

func (p *parser) string() (string, error) {
	var out []byte
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			if !utf8.Valid(out) {
				return "", p.fault("a text that is not UTF-8 ends")
			}
			return string(out), nil
		case c < ' ':
			return "", p.fault("a control character")
		case c == '\\':
			point, err := p.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, point)
		default:
			out = append(out, c)
		}
	}
	return "", p.fault("the text has no end")
}

// escape reads what stands behind a backslash, and ends on its last byte.
func (p *parser) escape() (rune, error) {
	p.at++
	if p.at == len(p.text) {
		return 0, p.fault("the text has no end")
	}
	switch c := p.text[p.at]; c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		return p.unicode()
	}
	return 0, p.fault("no such escape")
}

// unicode reads one code point, which may be written as two halves.
func (p *parser) unicode() (rune, error) {
	first, err := p.hexadecimal()
	if err != nil || !utf16.IsSurrogate(first) {
		return first, err
	}
	if rest := p.text[p.at+1:]; len(rest) < 2 || rest[:2] != `\u` {
		return utf8.RuneError, nil
	}
	before := p.at
	p.at += 2
	second, err := p.hexadecimal()
	if err != nil {
		return 0, err
	}
	point := utf16.DecodeRune(first, second)
	if point == utf8.RuneError {
		p.at = before
	}
	return point, nil
}

func (p *parser) hexadecimal() (rune, error) {
	if len(p.text)-p.at < 5 {
		return 0, p.fault("the text has no end")
	}
	point, err := strconv.ParseUint(p.text[p.at+1:p.at+5], 16, 16)
	if err != nil {
		return 0, p.fault("no hexadecimal number")
	}
	p.at += 4
	return rune(point), nil
}
