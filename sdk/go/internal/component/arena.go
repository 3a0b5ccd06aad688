package component

import "unsafe"

// What the host hands over lies in an arena that is no part of Go's heap. While the host asks for memory, a component must
// not call out, and Go's allocator does: a collection of garbage, a new piece of the heap and a switch to another goroutine
// all read the clock. So the allocator is not used then; and since nothing of the arena moves or is collected, Go's garbage
// collector goes on as it always does. Addresses are numbers here, so that no pointer is written while it is at work.

// A chunk of the arena; this stands at its begin.
type chunk struct {
	// The one that was made after it; 0 for none.
	next uintptr
	// With this head.
	size, used uintptr
}

const (
	headSize = unsafe.Sizeof(chunk{})
	// The size of a memory page, of which chunks are made.
	pageSize = 64 << 10
	// The sizes of the first chunk, and of those that are made when twice as large ones would be too much.
	firstChunk, largestChunk = 64 << 10, 1 << 20
	// What is larger gets a chunk of its own if there is no room: not more is wasted than a page.
	largePiece = largestChunk / 4
)

var (
	// The first chunk and the last, and where pieces that are not large go.
	first, last, filling uintptr
	// The size of the next chunk.
	nextSize uintptr = firstChunk
	// The chunk and its use that are not given back, nor are those before: what the runtime took when it started.
	kept, keptUse uintptr
)

//go:nosplit
func at(address uintptr) *chunk { return (*chunk)(unsafe.Add(unsafe.Pointer(nil), address)) }

// keep keeps for good what is there now.
func keep() {
	if kept = last; kept != 0 {
		keptUse = at(kept).used
	}
}

//go:nosplit
func allocate(align, size uintptr) uintptr {
	for c := filling; c != 0; c = at(c).next {
		if place := take(c, align, size); place != 0 {
			return place
		}
		// A piece that is not large goes on where it finds room: the rest of the chunks before is small.
		if size <= largePiece && at(c).next != 0 {
			filling = at(c).next
		}
	}
	return take(more(align, size), align, size)
}

// take takes a piece of a chunk; 0 if it has no room.
//
//go:nosplit
func take(address, align, size uintptr) uintptr {
	c := at(address)
	begin := (address + c.used + align - 1) &^ (align - 1)
	if begin+size > address+c.size {
		return 0
	}
	c.used = begin + size - address
	return begin
}

// more makes a chunk in which a piece has room.
//
//go:nosplit
func more(align, size uintptr) uintptr {
	room := (headSize + align + size + pageSize - 1) &^ (pageSize - 1)
	if size <= largePiece {
		room = max(room, nextSize)
		nextSize = min(2*nextSize, largestChunk)
	}
	begin := uintptr(sbrk(room))
	if begin == 0 {
		refused()
	}
	*at(begin) = chunk{size: room, used: headSize}
	if first == 0 {
		first, filling = begin, begin
	} else {
		at(last).next = begin
	}
	last = begin
	return begin
}

// release gives back what was handed over since the start. Chunks that lie one after another become one, so that what comes
// next finds room, however large its pieces are.
func release() {
	filling = first
	if kept != 0 {
		filling = kept
	}
	for c := filling; c != 0; c = at(c).next {
		at(c).used = headSize
		if c == kept {
			at(c).used = keptUse
		}
		for next := at(c).next; next != 0 && next == c+at(c).size; next = at(c).next {
			at(c).size += at(next).size
			at(c).next = at(next).next
			if last == next {
				last = c
			}
		}
	}
}
