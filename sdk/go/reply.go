package redwasp

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ReplyKind is what a reply is.
type ReplyKind uint8

// What replies are, by RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/). A server that speaks RESP2
// gives RESP2 shapes for the same command: numbers as bulk strings, maps as flat arrays. The accessors take both.
const (
	// ReplyNull is nothing: RESP3's null, RESP2's null bulk string or null array.
	ReplyNull ReplyKind = iota
	// ReplyBoolean is of RESP3 only; RESP2 has an integer.
	ReplyBoolean
	// ReplyInteger is :1
	ReplyInteger
	// ReplyDouble is of RESP3 only; RESP2 has a bulk string.
	ReplyDouble
	// ReplyBigNumber is digits of an integer beyond 64 bits.
	ReplyBigNumber
	// ReplySimple is +OK
	ReplySimple
	// ReplyBulk is a string of bytes.
	ReplyBulk
	// ReplyVerbatim is text with a format of three letters.
	ReplyVerbatim
	// ReplyError is an error, alone or inside of a reply.
	ReplyError
	// ReplyArray is ordered values.
	ReplyArray
	// ReplySet is values without order.
	ReplySet
	// ReplyMap is pairs of key and value. RESP2 has a flat array.
	ReplyMap
)

var kindNames = [...]string{
	"null", "a boolean", "an integer", "a double", "a big number", "a string", "a string", "a string", "an error",
	"an array", "a set", "a map",
}

// String is the kind with its article: "an array".
func (kind ReplyKind) String() string { return kindNames[kind] }

// Reply is one reply, decoded. It refers to the bytes it was decoded from: they must not be changed.
type Reply struct {
	kind    ReplyKind
	integer int64
	bytes   []byte
	// Of arrays and sets; of maps the keys and values by turns.
	elements []Reply
}

// Entry is one pair of a map.
type Entry struct {
	Key, Value Reply
}

// Mismatch says that a reply has another shape than was expected.
type Mismatch struct {
	// What would have been right, and what is there: "an integer".
	Expected, Found string
}

// Error says both.
func (e Mismatch) Error() string {
	return "the reply holds " + e.Found + " where " + e.Expected + " was expected"
}

// Malformed says that bytes are not one RESP3 value. Offset is where, in bytes from the begin.
type Malformed struct {
	Offset int
	Reason string
}

// Error says what is wrong, and where.
func (e Malformed) Error() string {
	return fmt.Sprintf("the reply is not RESP3: %s at byte %d", e.Reason, e.Offset)
}

// Kind says what the reply is.
func (reply Reply) Kind() ReplyKind { return reply.kind }

// IsNull says whether there is nothing.
func (reply Reply) IsNull() bool { return reply.kind == ReplyNull }

// Bytes are the bytes of a string of any kind. The error is a Mismatch for everything else.
func (reply Reply) Bytes() ([]byte, error) {
	if !reply.isString() {
		return nil, reply.not("a string")
	}
	return reply.bytes, nil
}

// Text is a string of any kind as text; see LabelText for bytes that are not UTF-8. The error is a Mismatch for
// everything else.
func (reply Reply) Text() (string, error) {
	bytes, err := reply.Bytes()
	return LabelText(bytes), err
}

// Integer is an integer, also one written as a string. The error is a Mismatch for everything else, also for a number
// with a fraction.
func (reply Reply) Integer() (int64, error) {
	switch {
	case reply.kind == ReplyInteger || reply.kind == ReplyBoolean:
		return reply.integer, nil
	case reply.isString() || reply.kind == ReplyBigNumber:
		if integer, ok := parseInteger(strings.TrimSpace(string(reply.bytes))); ok {
			return integer, nil
		}
	}
	return 0, reply.not("an integer")
}

// Number is a number, also one written as a string. The error is a Mismatch for everything else.
func (reply Reply) Number() (float64, error) {
	switch {
	case reply.kind == ReplyInteger || reply.kind == ReplyBoolean:
		return float64(reply.integer), nil
	case reply.kind == ReplyDouble:
		return math.Float64frombits(uint64(reply.integer)), nil
	case reply.isString() || reply.kind == ReplyBigNumber:
		if number, ok := parseNumber(strings.TrimSpace(string(reply.bytes))); ok {
			return number, nil
		}
	}
	return 0, reply.not("a number")
}

// Elements are the elements of an array or a set. The error is a Mismatch for everything else.
func (reply Reply) Elements() ([]Reply, error) {
	if reply.kind != ReplyArray && reply.kind != ReplySet {
		return nil, reply.not("an array")
	}
	return reply.elements, nil
}

// Entries are the pairs of a map, or of the flat array that RESP2 has instead. The error is a Mismatch for everything
// else, also for an array of odd length.
func (reply Reply) Entries() ([]Entry, error) {
	if reply.kind != ReplyMap && (reply.kind != ReplyArray || len(reply.elements)%2 != 0) {
		return nil, reply.not("a map")
	}
	entries := make([]Entry, len(reply.elements)/2)
	for i := range entries {
		entries[i] = Entry{reply.elements[2*i], reply.elements[2*i+1]}
	}
	return entries, nil
}

// Get gives the value of a key in a map, and whether it is there; it is not if this is no map.
func (reply Reply) Get(key string) (Reply, bool) {
	entries, err := reply.Entries()
	if err != nil {
		return Reply{}, false
	}
	for _, entry := range entries {
		if entry.Key.isString() && string(entry.Key.bytes) == key {
			return entry.Value, true
		}
	}
	return Reply{}, false
}

// Format is the format of a verbatim text, e.g. "txt"; "" for everything else.
func (reply Reply) Format() string {
	if reply.kind != ReplyVerbatim {
		return ""
	}
	return string([]byte{byte(reply.integer >> 16), byte(reply.integer >> 8), byte(reply.integer)})
}

// Digits are those of a big number, with its sign; "" for everything else.
func (reply Reply) Digits() string {
	if reply.kind != ReplyBigNumber {
		return ""
	}
	return string(reply.bytes)
}

// Err is the error that the reply is: a ServerError; nil for everything else.
func (reply Reply) Err() error {
	if reply.kind != ReplyError {
		return nil
	}
	code, message, _ := strings.Cut(LabelText(reply.bytes), " ")
	return ServerError{code, message}
}

func (reply Reply) isString() bool {
	return reply.kind == ReplySimple || reply.kind == ReplyBulk || reply.kind == ReplyVerbatim
}

func (reply Reply) not(expected string) error { return Mismatch{expected, reply.kind.String()} }

func parseInteger(text string) (int64, bool) {
	integer, err := strconv.ParseInt(text, 10, 64)
	return integer, err == nil
}

// parseNumber reads decimal numbers: what strconv takes of Go's own syntax besides, servers do not write. What is too
// large is infinite.
func parseNumber(text string) (float64, bool) {
	if strings.ContainsAny(text, "_xXpP") {
		return 0, false
	}
	if unsigned := strings.TrimLeft(text, "+-"); len(text)-len(unsigned) == 1 && strings.EqualFold(unsigned, "nan") {
		return math.NaN(), true
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil || errors.Is(err, strconv.ErrRange)
}
