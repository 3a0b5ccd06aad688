package json

import (
	stdjson "encoding/json"
	"reflect"
	"strings"
	"testing"
)

// plain is a tree as the standard library gives it.
func plain(value any) any {
	switch value := value.(type) {
	case Number:
		return stdjson.Number(value)
	case []any:
		all := []any{}
		for _, element := range value {
			all = append(all, plain(element))
		}
		return all
	case Object:
		all := map[string]any{}
		for name, element := range value {
			all[name] = plain(element)
		}
		return all
	}
	return value
}

// What the standard library reads and refuses is what is right.
func TestAsTheStandardLibraryReadsIt(t *testing.T) {
	for _, text := range []string{
		`null`, `true`, ` false `, `0`, `-0`, `-1.5e+3`, `1E5`, `""`, `"a\"\\\/\b\f\n\r\tz"`, `"\u00e4\ud83d\ude00"`, `"schlüssel"`,
		`"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `[]`, `[ 1 , [2] ,{}]`, `{"a": {"b": [null]}, "c": "d"}`, `{"a":1,"a":2}`,
		"[1]\n", strings.Repeat("[", 100) + strings.Repeat("]", 100),
		``, ` `, `nul`, `truex`, `01`, `-`, `+1`, `1.`, `.5`, `1e`, `1e+`, `0x1`, `NaN`, `"`, `"\`, `"\x"`, `"\u12"`, `"\u12g4"`, "\"\n\"",
		`[`, `[1`, `[1,]`, `[,1]`, `[1 2]`, `{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{1:1}`, `1 2`, `{} x`, `]`, `'a'`, `/**/1`,
	} {
		decoder := stdjson.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var expected any
		isRight := stdjson.Valid([]byte(text)) && decoder.Decode(&expected) == nil
		value, err := Parse(text)
		if isRight != (err == nil) || isRight && !reflect.DeepEqual(plain(value), expected) {
			t.Errorf("%s is %v, %v", text, value, err)
		}
	}
}

func TestFaultsHaveTheirPlace(t *testing.T) {
	for text, expected := range map[string]string{
		`{"a" 1}`: "no colon follows the name at byte 5", `[1 2]`: "no comma and no end follows at byte 3",
		`{} x`: "something follows the value at byte 3", "\"\xff\"": "a text that is not UTF-8 ends at byte 3",
		strings.Repeat("[", 200): "nested too deeply at byte 129",
	} {
		if _, err := Parse(text); err == nil || err.Error() != expected {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	tree := Object{"a": []any{nil, true, Number("1e3"), "ä\"\\\n\u0001"}, "b": Object{}, "c": []any{}}
	read, err := Parse(Write(tree))
	if err != nil || !reflect.DeepEqual(read, any(tree)) {
		t.Error(Write(tree), err)
	}
	if text := Write(Object{"b": 1, "a": []string{"x"}, "c": 1.5, "d": 1e21}); text != `{"a":["x"],"b":1,"c":1.5,"d":1000000000000000000000}` {
		t.Error(text)
	}
}
