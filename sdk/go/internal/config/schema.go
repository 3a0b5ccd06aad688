package config

import (
	"fmt"
	"math"
	"reflect"

	"github.com/redwasp/redwasp/sdk/go/internal/json"
)

// Schema is the JSON Schema of a configuration that is this struct.
func Schema(of reflect.Type) string {
	schema := schemaOf(of, bounds{}, of.String(), 0)
	schema["$schema"] = "http://json-schema.org/draft-07/schema#"
	return json.Write(schema)
}

// The deepest nesting of types: deeper is one that holds itself.
const maxDepth = 32

// schemaOf is that of a type; the place is for who has to change it.
func schemaOf(of reflect.Type, b bounds, place string, depth int) json.Object {
	if depth > maxDepth {
		panic(fmt.Sprintf("a configuration cannot hold itself: the type of %s is %s", place, of))
	}
	var schema json.Object
	switch {
	case isText(of):
		schema = json.Object{"type": "string"}
		if b.enum != nil {
			schema["enum"] = b.enum
		}
		return schema
	case of.Kind() == reflect.Pointer:
		return schemaOf(of.Elem(), b, place, depth+1)
	case of.Kind() == reflect.Bool:
		return json.Object{"type": "boolean"}
	case isNumber(of):
		return numberSchema(of, b)
	case of.Kind() == reflect.Slice:
		schema = json.Object{"type": "array", "items": schemaOf(of.Elem(), bounds{minimum: b.minimum, maximum: b.maximum, enum: b.enum}, place+"[]", depth+1)}
		if b.minItems > 0 {
			schema["minItems"] = b.minItems
		}
		return schema
	case of.Kind() == reflect.Map && of.Key().Kind() == reflect.String:
		return json.Object{"type": "object", "additionalProperties": schemaOf(of.Elem(), bounds{}, place+"[]", depth+1)}
	case of.Kind() == reflect.Struct:
		return structSchema(of, place, depth)
	}
	panic(fmt.Sprintf("a configuration cannot hold a value of the type %s, as %s is", of, place))
}

func structSchema(of reflect.Type, place string, depth int) json.Object {
	properties := json.Object{}
	required := []string{}
	for _, field := range fields(of) {
		in := of.Field(field.index)
		property := schemaOf(in.Type, field.bounds, place+"."+in.Name, depth+1)
		if field.description != "" {
			property["description"] = field.description
		}
		if field.defaults != nil {
			property["default"] = field.defaults
		}
		if field.isRequired {
			required = append(required, field.name)
		}
		properties[field.name] = property
	}
	schema := json.Object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

func isNumber(of reflect.Type) bool {
	return of.Kind() >= reflect.Int && of.Kind() <= reflect.Float64 && of.Kind() != reflect.Uintptr
}

func isInteger(of reflect.Type) bool { return isNumber(of) && of.Kind() < reflect.Float32 }

func isUnsigned(of reflect.Type) bool { return isInteger(of) && of.Kind() >= reflect.Uint }

// numberSchema has the bounds of the type where the tags have none, unless a double cannot tell them.
func numberSchema(of reflect.Type, b bounds) json.Object {
	schema := json.Object{"type": "number"}
	if isInteger(of) {
		schema["type"] = "integer"
		minimum, maximum := integerRange(of)
		if b.minimum == nil {
			b.minimum = minimum
		}
		if b.maximum == nil {
			b.maximum = maximum
		}
	}
	if b.minimum != nil {
		schema["minimum"] = *b.minimum
	}
	if b.maximum != nil {
		schema["maximum"] = *b.maximum
	}
	return schema
}

func integerRange(of reflect.Type) (minimum, maximum *float64) {
	bits := of.Bits()
	if isUnsigned(of) {
		minimum = new(float64)
	}
	if bits < 64 {
		if !isUnsigned(of) {
			low := -math.Exp2(float64(bits - 1))
			minimum = &low
			bits--
		}
		high := math.Exp2(float64(bits)) - 1
		maximum = &high
	}
	return minimum, maximum
}
