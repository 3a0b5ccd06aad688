// Package component is the component's side of the contract's functions: what the host calls and what it offers.
package component

import (
	"sync"
	"unsafe"

	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// What the host hands over lies in an arena that is no part of Go's heap. While the host asks for memory, a component must
// not call out, and Go's allocator does: a collection of garbage, a new piece of the heap and a switch to another goroutine
// all read the clock. So the allocator is not used then; and since nothing of the arena moves or is collected, Go's garbage
// collector goes on as it always does.

// sbrk takes memory of the system for good. Go's own heap grows with it, so that the two do not meet.
//
//go:linkname sbrk runtime.sbrk
func sbrk(size uintptr) unsafe.Pointer

// reading is held by who reads what the host handed over. While a value is copied out, Go may switch to another goroutine,
// and that one may ask the host for something else, and give the arena back.
var reading sync.Mutex

// A chunk of the arena. Each new one is twice as large as the one before.
type chunk struct {
	begin      unsafe.Pointer
	size, used uintptr
}

const firstChunk = 64 << 10

var (
	chunks [20]chunk
	// How many there are, and which one is filled.
	chunkCount, filling int
	// The chunks and the use of the last of them that are not given back: what the runtime took when it started.
	keptChunk int
	keptUse   uintptr
)

func init() { keptChunk, keptUse = filling, chunks[filling].used }

//go:wasmexport cabi_realloc
//go:nosplit
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	if uintptr(size) <= uintptr(oldSize) && old != nil {
		return old
	}
	place := allocate(uintptr(align), uintptr(size))
	for i := uintptr(0); i < uintptr(oldSize) && old != nil; i++ {
		*(*byte)(unsafe.Add(place, i)) = *(*byte)(unsafe.Add(old, i))
	}
	return place
}

//go:nosplit
func allocate(align, size uintptr) unsafe.Pointer {
	for ; filling < chunkCount; filling++ {
		c := &chunks[filling]
		// The begin of a chunk is aligned for everything.
		if begin := (c.used + align - 1) &^ (align - 1); begin+size <= c.size {
			c.used = begin + size
			return unsafe.Add(c.begin, begin)
		}
	}
	return allocateMore(align, size)
}

//go:nosplit
func allocateMore(align, size uintptr) unsafe.Pointer {
	if chunkCount == len(chunks) {
		return nil
	}
	room := uintptr(firstChunk) << chunkCount
	for room < size+align {
		room *= 2
	}
	// A large value gets what it needs, to the page.
	if size > 1<<20 {
		room = (size + align + 0xffff) &^ 0xffff
	}
	begin := sbrk(room)
	if begin == nil {
		return nil
	}
	chunks[chunkCount] = chunk{begin: begin, size: room}
	chunkCount++
	return allocate(align, size)
}

// release gives back what was handed over since the start.
func release() {
	for i := range chunks[:chunkCount] {
		chunks[i].used = 0
	}
	filling = keptChunk
	chunks[filling].used = keptUse
}

// memory gives what lies at an address.
func memory(address, size uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(nil), address)), size)
}

// The last value that was handed to the host: it has to stay until the host has read it.
var handed []byte

// hand hands a value to the host.
func hand[T any](layout contract.Layout[T], value *T) uint32 {
	written := contract.Write(layout, value)
	handed = written.Bytes()
	address := addressOf(handed)
	written.Locate(address)
	return address
}

func addressOf(bytes []byte) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes)))) }
