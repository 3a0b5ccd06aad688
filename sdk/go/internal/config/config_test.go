package config

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
)

type queue struct {
	Name string `json:"name"`
	Most uint8  `json:"most" default:"5"`
}

type all struct {
	Pattern string             `json:"pattern" default:"order:*" description:"Which keys."`
	Buckets []float64          `json:"buckets" default:"[1, 2.5]" minItems:"1"`
	Most    int                `json:"most" default:"10" minimum:"1" maximum:"100"`
	On      bool               `json:"on,omitempty"`
	Mode    string             `json:"mode" default:"fast" enum:"fast,slow"`
	Queues  []queue            `json:"queues,omitempty"`
	Weights map[string]float64 `json:"weights,omitempty"`
	Address *netip.Addr        `json:"address"`
	Big     int64              `json:"big,omitempty"`
	Hidden  string             `json:"-"`
}

func problems(text string) []string {
	var into all
	var told []string
	for _, problem := range Decode(text, &into) {
		told = append(told, problem.Pointer+": "+problem.Message)
	}
	return told
}

func TestAConfigurationIsRead(t *testing.T) {
	var into all
	text := `{"buckets": [3], "most": 1e1, "on": true, "mode": "slow", "queues": [{"name": "a"}, {"name": "b", "most": 7}],
		"weights": {"x": 1}, "address": "10.0.0.1", "big": 9007199254740993}`
	if problems := Decode(text, &into); problems != nil {
		t.Fatal(problems)
	}
	address := netip.MustParseAddr("10.0.0.1")
	expected := all{
		Pattern: "order:*", Buckets: []float64{3}, Most: 10, On: true, Mode: "slow", Queues: []queue{{"a", 5}, {"b", 7}},
		Weights: map[string]float64{"x": 1}, Address: &address, Big: 9007199254740993,
	}
	if !reflect.DeepEqual(into, expected) {
		t.Errorf("%+v", into)
	}
}

func TestNoConfigurationIsTheDefaults(t *testing.T) {
	for _, text := range []string{"", "{}", " \n"} {
		var into all
		expected := all{Pattern: "order:*", Buckets: []float64{1, 2.5}, Most: 10, Mode: "fast"}
		if problems := Decode(text, &into); problems != nil || !reflect.DeepEqual(into, expected) {
			t.Errorf("%+v, %v", into, problems)
		}
	}
}

func TestEveryProblemHasItsPlace(t *testing.T) {
	told := problems(`{"pattern": 1, "buckets": [1, 2, "x", null], "most": 0, "on": "yes", "mode": "dear", "queues": [{"most": 256},
		{"name": "a", "~/": 1}, 3], "weights": {"a/b": []}, "address": "here", "big": 1.5, "colour": 1, "Hidden": ""}`)
	expected := []string{
		"/pattern: expected a string, found a number",
		"/buckets/2: expected a number, found a string",
		"/buckets/3: expected a number, found null",
		"/most: 0 is less than 1",
		"/on: expected a boolean, found a string",
		`/mode: "dear" is none of: fast, slow`,
		`/queues/0: "name" is missing`,
		"/queues/0/most: 256 is out of range",
		"/queues/1/~0~1: there is no such key",
		"/queues/2: expected an object, found a number",
		"/weights/a~1b: expected a number, found an array",
		`/address: ParseAddr("here"): unable to parse IP`,
		"/big: expected an integer, found 1.5",
		"/Hidden: there is no such key",
		"/colour: there is no such key",
	}
	if !slices.Equal(told, expected) {
		t.Error(strings.Join(told, "\n"))
	}
	var large struct {
		Bytes int64 `json:"bytes" minimum:"5000000" maximum:"1e21"`
	}
	for text, expected := range map[string]string{`{"bytes": 1}`: "1 is less than 5000000", `{"bytes": 1e22}`: "1e22 is more than 1000000000000000000000"} {
		if told := Decode(text, &large); len(told) != 1 || told[0].Message != expected {
			t.Error(told)
		}
	}
	if told := problems(`{"most": 101, "buckets": [], "big": 9223372036854775808}`); !slices.Equal(told, []string{
		"/buckets: expected at least 1 elements, found 0",
		"/most: 101 is more than 100",
		"/big: 9223372036854775808 is out of range",
	}) {
		t.Error(told)
	}
}

func TestWhatIsNoObjectIsRefused(t *testing.T) {
	for text, expected := range map[string]string{
		"[]":   ": expected an object, found an array",
		"null": ": expected an object, found null",
		`{`:    ": not JSON: ",
		"{} x": ": not JSON: ",
	} {
		if told := problems(text); len(told) != 1 || !strings.HasPrefix(told[0], expected) {
			t.Errorf("%s: %q", text, told)
		}
	}
}

func TestTheSchemaSaysWhatTheTagsSay(t *testing.T) {
	expected := `{
		"$schema": "http://json-schema.org/draft-07/schema#",
		"type": "object", "additionalProperties": false,
		"properties": {
			"pattern": {"type": "string", "default": "order:*", "description": "Which keys."},
			"buckets": {"type": "array", "items": {"type": "number"}, "default": [1, 2.5], "minItems": 1},
			"most": {"type": "integer", "default": 10, "minimum": 1, "maximum": 100},
			"on": {"type": "boolean"},
			"mode": {"type": "string", "enum": ["fast", "slow"], "default": "fast"},
			"queues": {"type": "array", "items": {
				"type": "object", "additionalProperties": false, "required": ["name"],
				"properties": {
					"name": {"type": "string"},
					"most": {"type": "integer", "minimum": 0, "maximum": 255, "default": 5}
				}
			}},
			"weights": {"type": "object", "additionalProperties": {"type": "number"}},
			"address": {"type": "string"},
			"big": {"type": "integer"}
		}
	}`
	var schema, wanted any
	if err := json.Unmarshal([]byte(Schema(reflect.TypeFor[all]())), &schema); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(expected), &wanted); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(schema, wanted) {
		t.Error(Schema(reflect.TypeFor[all]()))
	}
}

type itself struct {
	Next []itself `json:"next,omitempty"`
}

func TestWhatNoConfigurationCanBeIsNamed(t *testing.T) {
	for expected, of := range map[string]reflect.Type{
		"a configuration cannot hold a value of the type chan int, as struct { Queues []struct { Waits chan int } }.Queues[].Waits is": reflect.TypeFor[struct{ Queues []struct{ Waits chan int } }](),
		"a configuration cannot hold itself: the type of config.itself.Next[].Next[]":                                                  reflect.TypeFor[itself](),
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, expected) {
					t.Error(text)
				}
			}()
			Schema(of)
		}()
	}
}
