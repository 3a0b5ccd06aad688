package binary

import (
	"encoding"
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
)

var (
	marshaler       = reflect.TypeFor[encoding.BinaryMarshaler]()
	unmarshaler     = reflect.TypeFor[encoding.BinaryUnmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// isOwn says whether values of the type write themselves as bytes, and isOwnText as text.
func isOwn(of reflect.Type) bool { return both(of, marshaler, unmarshaler) }

func isOwnText(of reflect.Type) bool { return both(of, textMarshaler, textUnmarshaler) }

// both says whether a pointer to a value can do both.
func both(of, one, other reflect.Type) bool {
	if of.Kind() == reflect.Pointer || of.Kind() == reflect.Interface {
		return false
	}
	pointer := reflect.PointerTo(of)
	return pointer.Implements(one) && pointer.Implements(other)
}

// Hidden is the path of a field that would be left out, because its name begins with a small letter: "Queues[].hidden"; ""
// for none.
func Hidden(of reflect.Type) string { return hidden(of, map[reflect.Type]bool{}) }

func hidden(of reflect.Type, seen map[reflect.Type]bool) string {
	if seen[of] || isOwn(of) || isOwnText(of) {
		return ""
	}
	seen[of] = true
	switch of.Kind() {
	case reflect.Pointer:
		return hidden(of.Elem(), seen)
	case reflect.Slice, reflect.Array:
		return within("[]", hidden(of.Elem(), seen))
	case reflect.Map:
		if path := hidden(of.Key(), seen); path != "" {
			return within("[key]", path)
		}
		return within("[]", hidden(of.Elem(), seen))
	case reflect.Struct:
		for i := range of.NumField() {
			field := of.Field(i)
			switch {
			case field.Name == "_":
			case !field.IsExported():
				return field.Name
			default:
				if path := hidden(field.Type, seen); path != "" {
					return within(field.Name, path)
				}
			}
		}
	}
	return ""
}

func within(outer, inner string) string {
	switch {
	case inner == "":
		return ""
	case inner[0] == '[':
		return outer + inner
	}
	return outer + "." + inner
}

// Fingerprint is another number for types that are written in another way, and also for fields of other names.
func Fingerprint(of reflect.Type) uint64 {
	hash := fnv.New64a()
	describe(hash, of, map[reflect.Type]int{})
	return hash.Sum64()
}

func describe(out io.Writer, of reflect.Type, seen map[reflect.Type]int) {
	if place, isSeen := seen[of]; isSeen {
		fmt.Fprintf(out, "<%d>", place)
		return
	}
	seen[of] = len(seen)
	if isOwn(of) || isOwnText(of) {
		fmt.Fprintf(out, "own %s;", of)
		return
	}
	fmt.Fprintf(out, "%s(", of.Kind())
	switch of.Kind() {
	case reflect.Struct:
		for i := range of.NumField() {
			if field := of.Field(i); field.IsExported() {
				fmt.Fprintf(out, "%s ", field.Name)
				describe(out, field.Type, seen)
			}
		}
	case reflect.Map:
		describe(out, of.Key(), seen)
		describe(out, of.Elem(), seen)
	case reflect.Array:
		fmt.Fprintf(out, "%d ", of.Len())
		describe(out, of.Elem(), seen)
	case reflect.Pointer, reflect.Slice:
		describe(out, of.Elem(), seen)
	}
	fmt.Fprint(out, ")")
}
