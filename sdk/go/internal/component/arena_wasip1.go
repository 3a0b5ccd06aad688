package component

import (
	"sync"
	"unsafe"

	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// sbrk takes memory of the system for good. Go's own heap grows with it, so that the two do not meet.
//
//go:linkname sbrk runtime.sbrk
func sbrk(size uintptr) unsafe.Pointer

// refused ends the instance, by an access to what cannot be there: the host would take any address for that of memory, and
// to say something is to call out.
//
//go:nosplit
func refused() { at(1<<32 - headSize).next = 0 }

// reading is held by who reads what the host handed over. While a value is copied out, Go may switch to another goroutine,
// and that one may ask the host for something else, and give the arena back.
var reading sync.Mutex

func init() { keep() }

//go:wasmexport cabi_realloc
//go:nosplit
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	if uintptr(size) <= uintptr(oldSize) && old != nil {
		return old
	}
	place := unsafe.Add(unsafe.Pointer(nil), allocate(uintptr(align), uintptr(size)))
	for i := uintptr(0); i < uintptr(oldSize) && old != nil; i++ {
		*(*byte)(unsafe.Add(place, i)) = *(*byte)(unsafe.Add(old, i))
	}
	return place
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
