package redwasp

import (
	"bytes"
	"math"
)

// The deepest nesting that is read. Redis's own replies stay below ten.
const maxDepth = 32

// Decode reads exactly one value of RESP3. It trusts nothing: lengths are checked against what is there, nesting is
// bounded. The error is Malformed when the bytes are something else, less or more than one value.
func Decode(reply []byte) (Reply, error) {
	d := decoder{bytes: reply}
	value, err := d.value(maxDepth)
	if err == nil && d.offset != len(reply) {
		err = d.malformed("more bytes follow the value")
	}
	if err != nil {
		return Reply{}, err
	}
	return value, nil
}

type decoder struct {
	bytes  []byte
	offset int
}

func (d *decoder) value(depth int) (Reply, error) {
	if depth == 0 {
		return Reply{}, d.malformed("nested too deeply")
	}
	if d.offset == len(d.bytes) {
		return Reply{}, d.malformed("the value ends early")
	}
	kind := d.bytes[d.offset]
	d.offset++
	switch kind {
	case '+':
		return d.text(ReplySimple)
	case '-':
		return d.text(ReplyError)
	case '(':
		return d.text(ReplyBigNumber)
	case '_':
		return d.text(ReplyNull)
	case ':':
		integer, err := d.number("not an integer")
		return Reply{kind: ReplyInteger, integer: integer}, err
	case ',':
		return d.double()
	case '#':
		return d.boolean()
	case '$':
		return d.string(ReplyBulk)
	case '!':
		return d.string(ReplyError)
	case '=':
		return d.verbatim()
	case '*', '>':
		// A push cannot be an answer; inside of one it reads like the array it is.
		return d.elements(ReplyArray, 1, depth)
	case '~':
		return d.elements(ReplySet, 1, depth)
	case '%':
		return d.elements(ReplyMap, 2, depth)
	case '|':
		// Attributes are about the value that follows.
		if _, err := d.elements(ReplyMap, 2, depth); err != nil {
			return Reply{}, err
		}
		return d.value(depth - 1)
	}
	return Reply{}, d.malformed("no type begins with this byte")
}

func (d *decoder) line() ([]byte, error) {
	rest := d.bytes[d.offset:]
	end := bytes.Index(rest, []byte("\r\n"))
	if end < 0 {
		return nil, d.malformed("the line has no end")
	}
	d.offset += end + 2
	return rest[:end:end], nil
}

func (d *decoder) text(kind ReplyKind) (Reply, error) {
	line, err := d.line()
	if kind == ReplyNull {
		line = nil
	}
	return Reply{kind: kind, bytes: line}, err
}

func (d *decoder) number(reason string) (int64, error) {
	begin := d.offset
	line, err := d.line()
	if err != nil {
		return 0, err
	}
	integer, ok := parseInteger(string(line))
	if !ok {
		return 0, Malformed{begin, reason}
	}
	return integer, nil
}

func (d *decoder) double() (Reply, error) {
	begin := d.offset
	line, err := d.line()
	if err != nil {
		return Reply{}, err
	}
	number, ok := parseNumber(string(line))
	if !ok {
		return Reply{}, Malformed{begin, "not a double"}
	}
	return Reply{kind: ReplyDouble, integer: int64(math.Float64bits(number))}, nil
}

func (d *decoder) boolean() (Reply, error) {
	begin := d.offset
	line, err := d.line()
	if err != nil {
		return Reply{}, err
	}
	switch string(line) {
	case "t":
		return Reply{kind: ReplyBoolean, integer: 1}, nil
	case "f":
		return Reply{kind: ReplyBoolean}, nil
	}
	return Reply{}, Malformed{begin, "not a boolean"}
}

// length gives -1 for RESP2's null.
func (d *decoder) length() (int64, error) {
	begin := d.offset
	length, err := d.number("not a length")
	if err == nil && length < -1 {
		err = Malformed{begin, "not a length"}
	}
	return length, err
}

func (d *decoder) string(kind ReplyKind) (Reply, error) {
	length, err := d.length()
	if err != nil || length < 0 {
		return Reply{}, err
	}
	rest := d.bytes[d.offset:]
	if length > int64(len(rest)-2) {
		return Reply{}, d.malformed("the string ends early")
	}
	if string(rest[length:length+2]) != "\r\n" {
		return Reply{}, d.malformed("the string is longer than its length")
	}
	d.offset += int(length) + 2
	return Reply{kind: kind, bytes: rest[:length:length]}, nil
}

func (d *decoder) verbatim() (Reply, error) {
	begin := d.offset
	reply, err := d.string(ReplyVerbatim)
	if err != nil || reply.kind == ReplyNull {
		return reply, err
	}
	all := reply.bytes
	if len(all) < 4 || all[3] != ':' {
		return Reply{}, Malformed{begin, "not a verbatim string"}
	}
	reply.integer = int64(all[0])<<16 | int64(all[1])<<8 | int64(all[2])
	reply.bytes = all[4:]
	return reply, nil
}

func (d *decoder) elements(kind ReplyKind, each int64, depth int) (Reply, error) {
	length, err := d.length()
	if err != nil || length < 0 {
		return Reply{}, err
	}
	// The shortest value has three bytes: a length that cannot be true must not become an allocation.
	if possible := int64(len(d.bytes)-d.offset) / 3; length > possible/each {
		return Reply{}, d.malformed("fewer elements than announced")
	}
	elements := make([]Reply, length*each)
	for i := range elements {
		if elements[i], err = d.value(depth - 1); err != nil {
			return Reply{}, err
		}
	}
	return Reply{kind: kind, elements: elements}, nil
}

func (d *decoder) malformed(reason string) error { return Malformed{d.offset, reason} }
