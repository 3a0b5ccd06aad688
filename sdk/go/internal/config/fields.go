// Package config reads a configuration into a struct, and makes the JSON Schema of it: both from the struct's type and the
// tags of its fields.
package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/redwasp/redwasp/sdk/go/internal/json"
)

// field is what a field's tags say.
type field struct {
	index       int
	name        string
	isRequired  bool
	defaults    any
	description string
	bounds      bounds
}

// bounds are what a value of the right type has to fit besides.
type bounds struct {
	minimum, maximum *float64
	minItems         int
	enum             []string
}

// fields are those of a struct that a configuration can set. Tags that cannot be understood are mistakes of the program.
func fields(of reflect.Type) []field {
	var all []field
	for i := range of.NumField() {
		in := of.Field(i)
		name, options, _ := strings.Cut(in.Tag.Get("json"), ",")
		if !in.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = in.Name
		}
		defaults, hasDefault := in.Tag.Lookup("default")
		f := field{
			index:       i,
			name:        name,
			isRequired:  !hasDefault && in.Type.Kind() != reflect.Pointer && !strings.Contains(options, "omitempty"),
			description: in.Tag.Get("description"),
			bounds:      tagBounds(in),
		}
		if hasDefault {
			f.defaults = tagDefault(in, defaults)
		}
		all = append(all, f)
	}
	return all
}

// tagDefault is JSON; of a text the quotes may be left out.
func tagDefault(in reflect.StructField, tag string) any {
	if isText(in.Type) && !strings.HasPrefix(tag, `"`) {
		return tag
	}
	value, err := json.Parse(tag)
	if err != nil {
		panic(fmt.Sprintf("the default of the field %s is not JSON: %s", in.Name, tag))
	}
	return value
}

func tagBounds(in reflect.StructField) bounds {
	var b bounds
	for tag, bound := range map[string]**float64{"minimum": &b.minimum, "maximum": &b.maximum} {
		if text, ok := in.Tag.Lookup(tag); ok {
			number := tagNumber(in, tag, text)
			*bound = &number
		}
	}
	if text, ok := in.Tag.Lookup("minItems"); ok {
		b.minItems = int(tagNumber(in, "minItems", text))
	}
	if text, ok := in.Tag.Lookup("enum"); ok {
		b.enum = strings.Split(text, ",")
	}
	return b
}

func tagNumber(in reflect.StructField, tag, text string) float64 {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(fmt.Sprintf("the %s of the field %s is no number: %s", tag, in.Name, text))
	}
	return number
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// isText says whether a string is what a configuration has for it.
func isText(of reflect.Type) bool {
	return of.Kind() == reflect.String || reflect.PointerTo(of).Implements(textUnmarshaler)
}
