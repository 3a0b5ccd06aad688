package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/redwasp/redwasp/sdk/go/internal/contract"
	"github.com/redwasp/redwasp/sdk/go/internal/json"
)

// Decode reads a configuration into the struct that a pointer leads to. It gives every problem at once, with its place;
// none if all is well. No text at all is {}.
func Decode(text string, into any) []contract.Problem {
	if strings.TrimSpace(text) == "" {
		text = "{}"
	}
	value, err := json.Parse(text)
	if err != nil {
		return []contract.Problem{{Message: "not JSON: " + err.Error()}}
	}
	var d decoder
	d.value("", value, reflect.ValueOf(into).Elem(), bounds{})
	return d.problems
}

type decoder struct {
	problems []contract.Problem
}

func (d *decoder) problem(pointer, format string, args ...any) {
	d.problems = append(d.problems, contract.Problem{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
}

func (d *decoder) expected(pointer, what string, found any) {
	d.problem(pointer, "expected %s, found %s", what, kind(found))
}

func kind(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case json.Number:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	default:
		return "an object"
	}
}

func (d *decoder) value(pointer string, value any, into reflect.Value, b bounds) {
	of := into.Type()
	switch {
	case of.Kind() == reflect.Pointer && value == nil:
		into.SetZero()
	case of.Kind() == reflect.Pointer:
		into.Set(reflect.New(of.Elem()))
		d.value(pointer, value, into.Elem(), b)
	case isText(of):
		d.text(pointer, value, into, b)
	case of.Kind() == reflect.Bool:
		if boolean, ok := value.(bool); ok {
			into.SetBool(boolean)
		} else {
			d.expected(pointer, "a boolean", value)
		}
	case isNumber(of):
		d.number(pointer, value, into, b)
	case of.Kind() == reflect.Slice:
		d.slice(pointer, value, into, b)
	case of.Kind() == reflect.Map:
		d.table(pointer, value, into)
	default:
		d.object(pointer, value, into)
	}
}

func (d *decoder) text(pointer string, value any, into reflect.Value, b bounds) {
	text, ok := value.(string)
	if !ok {
		d.expected(pointer, "a string", value)
		return
	}
	if b.enum != nil && !slices.Contains(b.enum, text) {
		d.problem(pointer, "%q is none of: %s", text, strings.Join(b.enum, ", "))
	}
	if unmarshaler, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := unmarshaler.UnmarshalText([]byte(text)); err != nil {
			d.problem(pointer, "%v", err)
		}
		return
	}
	into.SetString(text)
}

func (d *decoder) number(pointer string, value any, into reflect.Value, b bounds) {
	of := into.Type()
	written, ok := value.(json.Number)
	if !ok {
		what := "a number"
		if isInteger(of) {
			what = "an integer"
		}
		d.expected(pointer, what, value)
		return
	}
	number, err := strconv.ParseFloat(string(written), 64)
	switch {
	case err != nil:
		d.problem(pointer, "%s is out of range", written)
	case isInteger(of) && number != math.Trunc(number):
		d.problem(pointer, "expected an integer, found %s", written)
	case b.minimum != nil && number < *b.minimum:
		d.problem(pointer, "%s is less than %s", written, plain(*b.minimum))
	case b.maximum != nil && number > *b.maximum:
		d.problem(pointer, "%s is more than %s", written, plain(*b.maximum))
	case !setNumber(string(written), number, into):
		d.problem(pointer, "%s is out of range", written)
	}
}

// plain is a number without exponent.
func plain(number float64) string { return strconv.FormatFloat(number, 'f', -1, 64) }

// setNumber sets the number, and says whether it has room. An integer may be written 1e3 or 5.0.
func setNumber(written string, number float64, into reflect.Value) bool {
	of := into.Type()
	switch {
	case !isInteger(of):
		into.SetFloat(number)
		return !into.OverflowFloat(number)
	case isUnsigned(of):
		unsigned, err := strconv.ParseUint(written, 10, 64)
		if err != nil && number >= 0 && number <= 1<<53 {
			unsigned, err = uint64(number), nil
		}
		into.SetUint(unsigned)
		return err == nil && !into.OverflowUint(unsigned)
	default:
		integer, err := strconv.ParseInt(written, 10, 64)
		if err != nil && math.Abs(number) <= 1<<53 {
			integer, err = int64(number), nil
		}
		into.SetInt(integer)
		return err == nil && !into.OverflowInt(integer)
	}
}

func (d *decoder) slice(pointer string, value any, into reflect.Value, b bounds) {
	elements, ok := value.([]any)
	if !ok {
		d.expected(pointer, "an array", value)
		return
	}
	if len(elements) < b.minItems {
		d.problem(pointer, "expected at least %d elements, found %d", b.minItems, len(elements))
	}
	into.Set(reflect.MakeSlice(into.Type(), len(elements), len(elements)))
	of := bounds{minimum: b.minimum, maximum: b.maximum, enum: b.enum}
	for i, element := range elements {
		d.value(fmt.Sprintf("%s/%d", pointer, i), element, into.Index(i), of)
	}
}

func (d *decoder) table(pointer string, value any, into reflect.Value) {
	entries, ok := value.(map[string]any)
	if !ok {
		d.expected(pointer, "an object", value)
		return
	}
	into.Set(reflect.MakeMap(into.Type()))
	for _, name := range sorted(entries) {
		entry := reflect.New(into.Type().Elem()).Elem()
		d.value(pointer+"/"+escaped(name), entries[name], entry, bounds{})
		into.SetMapIndex(reflect.ValueOf(name).Convert(into.Type().Key()), entry)
	}
}

func (d *decoder) object(pointer string, value any, into reflect.Value) {
	entries, ok := value.(map[string]any)
	if !ok {
		d.expected(pointer, "an object", value)
		return
	}
	var known []string
	for _, field := range fields(into.Type()) {
		known = append(known, field.name)
		place := pointer + "/" + escaped(field.name)
		entry, isThere := entries[field.name]
		switch {
		case isThere:
			d.value(place, entry, into.Field(field.index), field.bounds)
		case field.defaults != nil:
			d.value(place, field.defaults, into.Field(field.index), field.bounds)
		case field.isRequired:
			d.problem(pointer, "%q is missing", field.name)
		}
	}
	for _, name := range sorted(entries) {
		if !slices.Contains(known, name) {
			d.problem(pointer+"/"+escaped(name), "there is no such key")
		}
	}
}

func sorted(entries map[string]any) []string {
	names := make([]string, 0, len(entries))
	for name := range entries {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// escaped is a name as a part of a JSON Pointer (RFC 6901).
func escaped(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}
