package redwasp_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
)

type vectors struct {
	Values []struct {
		Bytes string
		Value map[string]any
	}
	Malformed []struct {
		Bytes  string
		Offset int
		Reason string
	}
	Accessors []struct {
		Bytes, Accessor, Key string
		Gives                any
		Fails                string
	}
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	text, err := os.ReadFile("../resp-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var read vectors
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Values) == 0 || len(read.Malformed) == 0 || len(read.Accessors) == 0 {
		t.Fatal("there are no vectors")
	}
	return read
}

// latin1 is the bytes whose values are the code points of a string.
func latin1(text string) []byte {
	var bytes []byte
	for _, point := range text {
		bytes = append(bytes, byte(point))
	}
	return bytes
}

// points is the string whose code points are the values of bytes.
func points(bytes []byte) string {
	var text strings.Builder
	for _, byte := range bytes {
		text.WriteRune(rune(byte))
	}
	return text.String()
}

func float(number float64) string {
	switch {
	case math.IsNaN(number):
		return "nan"
	case math.IsInf(number, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(number, 'g', -1, 64)), "+")
	}
	return strconv.FormatFloat(number, 'f', -1, 64)
}

// told is a reply as the vectors tell it.
func told(reply redwasp.Reply) map[string]any {
	text := func() string { bytes, _ := reply.Bytes(); return points(bytes) }
	elements := func() []any {
		told := []any{}
		all, _ := reply.Elements()
		for _, element := range all {
			told = append(told, tell(element))
		}
		return told
	}
	switch reply.Kind() {
	case redwasp.ReplyBoolean:
		integer, _ := reply.Integer()
		return map[string]any{"boolean": integer == 1}
	case redwasp.ReplyInteger:
		integer, _ := reply.Integer()
		return map[string]any{"integer": strconv.FormatInt(integer, 10)}
	case redwasp.ReplyDouble:
		number, _ := reply.Number()
		return map[string]any{"double": float(number)}
	case redwasp.ReplyBigNumber:
		return map[string]any{"big-number": reply.Digits()}
	case redwasp.ReplySimple:
		return map[string]any{"simple": text()}
	case redwasp.ReplyBulk:
		return map[string]any{"bulk": text()}
	case redwasp.ReplyVerbatim:
		return map[string]any{"verbatim": []any{reply.Format(), text()}}
	case redwasp.ReplyError:
		err := reply.Err().(redwasp.ServerError)
		return map[string]any{"error": []any{err.Code, err.Message}}
	case redwasp.ReplyArray:
		return map[string]any{"array": elements()}
	case redwasp.ReplySet:
		return map[string]any{"set": elements()}
	case redwasp.ReplyMap:
		return map[string]any{"map": tellEntries(reply)}
	}
	return map[string]any{"null": true}
}

func tell(reply redwasp.Reply) any { return told(reply) }

func tellEntries(reply redwasp.Reply) []any {
	told := []any{}
	entries, _ := reply.Entries()
	for _, entry := range entries {
		told = append(told, []any{tell(entry.Key), tell(entry.Value)})
	}
	return told
}

func TestValuesOfTheVectors(t *testing.T) {
	for _, vector := range readVectors(t).Values {
		reply, err := redwasp.Decode(latin1(vector.Bytes))
		if err != nil {
			t.Errorf("%q: %v", vector.Bytes, err)
			continue
		}
		expected := vector.Value
		if depth, ok := expected["depth"].(float64); ok {
			expected = map[string]any{"integer": "1"}
			for range int(depth) {
				expected = map[string]any{"array": []any{expected}}
			}
		}
		if got := told(reply); !reflect.DeepEqual(got, expected) {
			t.Errorf("%q is %v", vector.Bytes, got)
		}
	}
}

func TestMalformedVectors(t *testing.T) {
	for _, vector := range readVectors(t).Malformed {
		_, err := redwasp.Decode(latin1(vector.Bytes))
		if err != (redwasp.Malformed{Offset: vector.Offset, Reason: vector.Reason}) {
			t.Errorf("%q: %v", vector.Bytes, err)
		}
	}
	text := redwasp.Malformed{Offset: 4, Reason: "the string ends early"}.Error()
	if text != "the reply is not RESP3: the string ends early at byte 4" {
		t.Error(text)
	}
}

func TestAccessorsOfTheVectors(t *testing.T) {
	for _, vector := range readVectors(t).Accessors {
		reply, err := redwasp.Decode(latin1(vector.Bytes))
		if err != nil {
			t.Errorf("%q: %v", vector.Bytes, err)
			continue
		}
		got, err := access(reply, vector.Accessor, points(latin1(vector.Key)))
		switch {
		case vector.Fails != "":
			var mismatch redwasp.Mismatch
			if !errors.As(err, &mismatch) || err.Error() != vector.Fails {
				t.Errorf("%s of %q: %v", vector.Accessor, vector.Bytes, err)
			}
		case err != nil || !reflect.DeepEqual(got, shortest(vector.Accessor, vector.Gives)):
			t.Errorf("%s of %q: %v, %v", vector.Accessor, vector.Bytes, got, err)
		}
	}
}

// shortest is a number as float writes it: the vectors write all digits.
func shortest(accessor string, gives any) any {
	if text, ok := gives.(string); ok && accessor == "number" {
		number, _ := strconv.ParseFloat(text, 64)
		return float(number)
	}
	return gives
}

func access(reply redwasp.Reply, accessor, key string) (any, error) {
	switch accessor {
	case "is-null":
		return reply.IsNull(), nil
	case "bytes":
		bytes, err := reply.Bytes()
		return points(bytes), err
	case "text":
		return reply.Text()
	case "integer":
		integer, err := reply.Integer()
		return strconv.FormatInt(integer, 10), err
	case "number":
		number, err := reply.Number()
		return float(number), err
	case "elements":
		elements, err := reply.Elements()
		told := []any{}
		for _, element := range elements {
			told = append(told, tell(element))
		}
		return told, err
	case "entries":
		_, err := reply.Entries()
		return tellEntries(reply), err
	case "get":
		value, ok := reply.Get(string(latin1(key)))
		if !ok {
			return nil, nil
		}
		return tell(value), nil
	}
	return nil, errors.New("no such accessor")
}
