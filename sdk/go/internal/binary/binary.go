// Package binary writes values of any type as bytes, and reads them: what a plugin hands from one of its instances to the
// next. Unlike JSON it keeps texts that are not UTF-8 and numbers that are not finite. It is only read by the program that
// wrote it, so that it needs no names.
package binary

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
)

// errOther is said of bytes that are not of the type.
var errOther = errors.New("it was not written as this type")

// Write writes a value. Fields of structs are written that are exported; types that are a BinaryMarshaler or a TextMarshaler
// write themselves. The error says which type cannot be written: interfaces, functions and channels. What a pointer leads to is
// written as the value itself.
func Write(value any) ([]byte, error) {
	of := reflect.Indirect(reflect.ValueOf(value))
	if !of.IsValid() {
		return nil, errors.New("nil cannot travel")
	}
	return write(nil, of)
}

func write(out []byte, value reflect.Value) ([]byte, error) {
	of := value.Type()
	if isOwn(of) {
		own, err := pointer(value).(encoding.BinaryMarshaler).MarshalBinary()
		return append(binary.AppendUvarint(out, uint64(len(own))), own...), err
	}
	if isOwnText(of) {
		own, err := pointer(value).(encoding.TextMarshaler).MarshalText()
		return append(binary.AppendUvarint(out, uint64(len(own))), own...), err
	}
	switch of.Kind() {
	case reflect.Bool:
		return append(out, map[bool]byte{true: 1}[value.Bool()]), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(out, value.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return binary.AppendUvarint(out, value.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return binary.LittleEndian.AppendUint64(out, math.Float64bits(value.Float())), nil
	case reflect.String:
		return append(binary.AppendUvarint(out, uint64(value.Len())), value.String()...), nil
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if value.IsNil() {
			return append(out, 0), nil
		}
		out = append(out, 1)
	}
	return writeParts(out, value)
}

func writeParts(out []byte, value reflect.Value) ([]byte, error) {
	of := value.Type()
	var err error
	switch of.Kind() {
	case reflect.Pointer:
		return write(out, value.Elem())
	case reflect.Struct:
		for i := range of.NumField() {
			if err == nil && of.Field(i).IsExported() {
				out, err = write(out, value.Field(i))
			}
		}
		return out, err
	case reflect.Slice, reflect.Array:
		out = binary.AppendUvarint(out, uint64(value.Len()))
		if of.Elem().Kind() == reflect.Uint8 && of.Kind() == reflect.Slice {
			return append(out, value.Bytes()...), nil
		}
		for i := 0; i < value.Len() && err == nil; i++ {
			out, err = write(out, value.Index(i))
		}
		return out, err
	case reflect.Map:
		return writeMap(out, value)
	}
	return nil, fmt.Errorf("a value of the type %s cannot travel", of)
}

// writeMap writes entries by the order of their bytes: the same map gives the same bytes.
func writeMap(out []byte, value reflect.Value) ([]byte, error) {
	var entries [][]byte
	for all := value.MapRange(); all.Next(); {
		entry, err := write(nil, all.Key())
		if err == nil {
			entry, err = write(entry, all.Value())
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	slices.SortFunc(entries, bytes.Compare)
	out = binary.AppendUvarint(out, uint64(len(entries)))
	return append(out, bytes.Join(entries, nil)...), nil
}

// pointer leads to the value, or to a copy of one that has no address.
func pointer(value reflect.Value) any {
	if value.CanAddr() {
		return value.Addr().Interface()
	}
	copied := reflect.New(value.Type())
	copied.Elem().Set(value)
	return copied.Interface()
}

// Read reads bytes into the value that a pointer leads to. The error says that they are of something else; the value is then
// as it was.
func Read(in []byte, into any) (err error) {
	r := reader{in: in}
	defer func() {
		// A value of another type can be anything, also lengths that are not there.
		if recover() != nil {
			err = errOther
		}
	}()
	to := reflect.ValueOf(into).Elem()
	value := reflect.New(to.Type()).Elem()
	r.read(value)
	if len(r.in) > 0 {
		return errOther
	}
	to.Set(value)
	return nil
}

type reader struct {
	in []byte
}

func (r *reader) take(length int) []byte {
	taken := r.in[:length:length]
	r.in = r.in[length:]
	return taken
}

// number panics where there is none, as take does.
func (r *reader) number() uint64 {
	number, length := binary.Uvarint(r.in)
	if length <= 0 {
		panic(errOther)
	}
	r.take(length)
	return number
}

// length is that of a list, of which each element has a byte or more, if it has any.
func (r *reader) length(isEmpty bool) int {
	length := r.number()
	if length > uint64(len(r.in)) && !isEmpty {
		panic(errOther)
	}
	return int(length)
}

func (r *reader) read(into reflect.Value) {
	of := into.Type()
	if isOwn(of) {
		if err := into.Addr().Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(r.take(r.length(false))); err != nil {
			panic(err)
		}
		return
	}
	if isOwnText(of) {
		if err := into.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(r.take(r.length(false))); err != nil {
			panic(err)
		}
		return
	}
	switch of.Kind() {
	case reflect.Bool:
		into.SetBool(r.take(1)[0] == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		number := r.number()
		into.SetInt(int64(number>>1) ^ -int64(number&1))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		into.SetUint(r.number())
	case reflect.Float32, reflect.Float64:
		into.SetFloat(math.Float64frombits(binary.LittleEndian.Uint64(r.take(8))))
	case reflect.String:
		into.SetString(string(r.take(r.length(false))))
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if r.take(1)[0] == 0 {
			into.SetZero()
			return
		}
		r.readParts(into)
	default:
		r.readParts(into)
	}
}

func (r *reader) readParts(into reflect.Value) {
	of := into.Type()
	switch of.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(of.Elem()))
		r.read(into.Elem())
	case reflect.Struct:
		for i := range of.NumField() {
			if of.Field(i).IsExported() {
				r.read(into.Field(i))
			}
		}
	case reflect.Array, reflect.Slice:
		length := r.length(of.Elem().Size() == 0)
		if of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Uint8 {
			into.SetBytes(bytes.Clone(r.take(length)))
			return
		}
		if of.Kind() == reflect.Slice {
			into.Set(reflect.MakeSlice(of, length, length))
		}
		for i := range length {
			r.read(into.Index(i))
		}
	case reflect.Map:
		into.Set(reflect.MakeMap(of))
		for range r.length(false) {
			key, element := reflect.New(of.Key()).Elem(), reflect.New(of.Elem()).Elem()
			r.read(key)
			r.read(element)
			into.SetMapIndex(key, element)
		}
	default:
		panic(errOther)
	}
}
