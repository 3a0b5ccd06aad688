package contract

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// A Walk goes over a value as the canonical ABI lays it out in memory. It reads or writes: one description of a type
// (layouts.go) serves for both, so that they cannot differ, and natively as well as in a component.
type Walk struct {
	memory   Memory
	isWrite  bool
	isCopied bool
	buf      []byte
	at       int
	// Where in buf there are addresses, which are relative to its begin.
	pointers []int
}

// Memory gives the bytes at an address.
type Memory func(address, size uint32) []byte

// Layout is how a type lies in memory.
type Layout[T any] struct {
	size, align int
	walk        func(*Walk, *T)
}

// Read reads a value at an address. With isCopied, what it holds does not refer to the memory.
func Read[T any](layout Layout[T], memory Memory, address uint32, isCopied bool) T {
	w := Walk{memory: memory, isCopied: isCopied, buf: memory(address, uint32(layout.size))}
	var value T
	layout.walk(&w, &value)
	return value
}

// ReadList reads the elements of a list.
func ReadList[T any](layout Layout[T], memory Memory, address, length uint32, isCopied bool) []T {
	w := Walk{memory: memory, isCopied: isCopied}
	return readElements(&w, layout, address, length)
}

// Write writes a value. Addresses in the bytes are relative to their begin; Locate makes them absolute.
func Write[T any](layout Layout[T], value *T) Written {
	w := Walk{isWrite: true}
	w.reserve(layout.size, layout.align)
	layout.walk(&w, value)
	return Written{w.buf, w.pointers}
}

// WriteList writes the elements of a list, one after another from the begin on.
func WriteList[T any](layout Layout[T], values []T) Written {
	w := Walk{isWrite: true}
	w.reserve(layout.size*len(values), layout.align)
	for i := range values {
		w.at = i * layout.size
		layout.walk(&w, &values[i])
	}
	return Written{w.buf, w.pointers}
}

// Written is a value as bytes.
type Written struct {
	buf      []byte
	pointers []int
}

// Locate makes the addresses in the bytes absolute, for bytes that stand at an address.
func (written Written) Locate(address uint32) {
	for _, at := range written.pointers {
		field := written.buf[at:]
		binary.LittleEndian.PutUint32(field, binary.LittleEndian.Uint32(field)+address)
	}
}

// Bytes are the bytes.
func (written Written) Bytes() []byte { return written.buf }

// Memory gives bytes of what was written, if it was not located.
func (written Written) Memory(address, size uint32) []byte {
	return written.buf[address : address+size : address+size]
}

// reserve makes room at the end, and tells where.
func (w *Walk) reserve(size, align int) int {
	begin := alignUp(len(w.buf), align)
	end := begin + size
	if end > cap(w.buf) {
		grown := make([]byte, len(w.buf), max(2*cap(w.buf), end, 64))
		copy(grown, w.buf)
		w.buf = grown
	}
	w.buf = w.buf[:end]
	return begin
}

func alignUp(at, align int) int { return (at + align - 1) &^ (align - 1) }

// field gives the place of the next field, and steps over it.
func (w *Walk) field(size int) []byte {
	begin := alignUp(w.at, size)
	w.at = begin + size
	return w.buf[begin:w.at]
}

func (w *Walk) u8(value *uint8) {
	if field := w.field(1); w.isWrite {
		field[0] = *value
	} else {
		*value = field[0]
	}
}

func (w *Walk) boolean(value *bool) {
	var byte uint8
	if *value {
		byte = 1
	}
	w.u8(&byte)
	*value = byte != 0
}

func (w *Walk) u32(value *uint32) {
	if field := w.field(4); w.isWrite {
		binary.LittleEndian.PutUint32(field, *value)
	} else {
		*value = binary.LittleEndian.Uint32(field)
	}
}

func (w *Walk) u64(value *uint64) {
	if field := w.field(8); w.isWrite {
		binary.LittleEndian.PutUint64(field, *value)
	} else {
		*value = binary.LittleEndian.Uint64(field)
	}
}

func (w *Walk) f64(value *float64) {
	bits := math.Float64bits(*value)
	w.u64(&bits)
	*value = math.Float64frombits(bits)
}

func (w *Walk) text(value *string) {
	if w.isWrite {
		// The host ends a call that hands it anything but UTF-8.
		w.writeBytes(Text(*value))
		return
	}
	if bytes := w.readBytes(); w.isCopied {
		*value = string(bytes)
	} else {
		*value = unsafe.String(unsafe.SliceData(bytes), len(bytes))
	}
}

func (w *Walk) bytes(value *[]byte) {
	if w.isWrite {
		w.writeBytes(unsafe.String(unsafe.SliceData(*value), len(*value)))
		return
	}
	*value = w.readBytes()
	if w.isCopied {
		*value = append(make([]byte, 0, len(*value)), *value...)
	}
}

func (w *Walk) readBytes() []byte {
	var address, length uint32
	w.u32(&address)
	w.u32(&length)
	if length == 0 {
		return []byte{}
	}
	return w.memory(address, length)
}

func (w *Walk) writeBytes(text string) {
	begin := w.reserve(len(text), 1)
	copy(w.buf[begin:], text)
	w.writePointer(begin, len(text))
}

func (w *Walk) writePointer(begin, length int) {
	w.pointers = append(w.pointers, alignUp(w.at, 4))
	address, size := uint32(begin), uint32(length)
	w.u32(&address)
	w.u32(&size)
}

// record steps over a record in another one.
func record[T any](w *Walk, layout Layout[T], value *T) {
	begin := alignUp(w.at, layout.align)
	w.at = begin
	layout.walk(w, value)
	w.at = begin + layout.size
}

func list[T any](w *Walk, layout Layout[T], values *[]T) {
	if !w.isWrite {
		var address, length uint32
		w.u32(&address)
		w.u32(&length)
		*values = readElements(w, layout, address, length)
		return
	}
	begin := w.reserve(layout.size*len(*values), layout.align)
	w.writePointer(begin, len(*values))
	after := w.at
	for i := range *values {
		w.at = begin + i*layout.size
		layout.walk(w, &(*values)[i])
	}
	w.at = after
}

func readElements[T any](w *Walk, layout Layout[T], address, length uint32) []T {
	if length == 0 {
		return nil
	}
	buf, at := w.buf, w.at
	values := make([]T, length)
	w.buf = w.memory(address, length*uint32(layout.size))
	for i := range values {
		w.at = i * layout.size
		layout.walk(w, &values[i])
	}
	w.buf, w.at = buf, at
	return values
}

// oneOf walks the case of a variant, option or result, and steps to its payload.
func (w *Walk) oneOf(which *uint8, payloadAlign int) {
	w.u8(which)
	w.at = alignUp(w.at, payloadAlign)
}

// option walks a value that may not be there.
func option[T any](w *Walk, layout Layout[T], value **T) {
	var which uint8
	if *value != nil {
		which = 1
	}
	w.oneOf(&which, layout.align)
	if which == 1 && *value == nil {
		*value = new(T)
	}
	if which == 1 {
		record(w, layout, *value)
	}
}

// result walks a result of which one side is not nil.
func result[T, E any](w *Walk, ok Layout[T], err Layout[E], value **T, failure **E) {
	var which uint8
	if *failure != nil {
		which = 1
	}
	w.oneOf(&which, max(ok.align, err.align))
	switch {
	case which == 0:
		if *value == nil {
			*value = new(T)
		}
		ok.walk(w, *value)
	default:
		if *failure == nil {
			*failure = new(E)
		}
		err.walk(w, *failure)
	}
}
