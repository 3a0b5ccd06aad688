//go:build !wasip1

package component

import (
	"testing"
	"unsafe"
)

// begin gives the arena so much memory, with a hole behind each chunk if Go's own heap grows meanwhile. It tells how much
// was taken.
func begin(t *testing.T, size, hole uintptr) *uintptr {
	pages := make([]byte, size+pageSize)
	base := (uintptr(unsafe.Pointer(&pages[0])) + pageSize - 1) &^ (pageSize - 1)
	taken := uintptr(0)
	first, last, filling, nextSize, kept, keptUse = 0, 0, 0, firstChunk, 0, 0
	sbrk = func(room uintptr) unsafe.Pointer {
		place := taken
		if room%pageSize != 0 || place+room > size {
			t.Errorf("%d bytes are asked for, after %d", room, taken)
			return nil
		}
		taken += room + hole
		return unsafe.Pointer(&pages[base-uintptr(unsafe.Pointer(&pages[0]))+place])
	}
	return &taken
}

// pieces are to be where no other one is.
type pieces map[uintptr]uintptr

func (pieces pieces) take(t *testing.T, align, size uintptr) {
	t.Helper()
	place := allocate(align, size)
	if place == 0 || place%align != 0 {
		t.Fatalf("%d bytes are at %d", size, place)
	}
	for begin, length := range pieces {
		if place < begin+length && begin < place+size {
			t.Fatalf("%d bytes at %d meet %d at %d", size, place, length, begin)
		}
	}
	pieces[place] = size
}

// A call has 16 MiB of replies, of 64 MiB of memory.
func TestLargePiecesTakeWhatTheyNeed(t *testing.T) {
	for _, hole := range []uintptr{0, pageSize} {
		taken := begin(t, 40<<20, hole)
		some := pieces{}
		for range 15 {
			some.take(t, 1, 1_060_000)
			some.take(t, 8, 24)
		}
		for range 1000 {
			some.take(t, 4, 100)
		}
		if *taken > 19<<20 {
			t.Errorf("%d bytes for 16 MB", *taken)
		}
	}
	for _, size := range []uintptr{200 << 10, 600 << 10} {
		taken := begin(t, 40<<20, 0)
		some := pieces{}
		for range 16 << 20 / size {
			some.take(t, 1, size)
		}
		if *taken > 22<<20 {
			t.Errorf("%d bytes for 16 MiB in pieces of %d", *taken, size)
		}
	}
}

func TestWhatIsGivenBackIsUsedAgain(t *testing.T) {
	taken := begin(t, 40<<20, 0)
	kept := pieces{}
	kept.take(t, 8, 1000)
	kept.take(t, 8, 64<<10)
	kept.take(t, 8, 64<<10)
	keep()
	for page := range 200 {
		some := pieces{}
		for begin, size := range kept {
			some[begin] = size
		}
		some.take(t, 1, uintptr(page)*40_000)
		some.take(t, 4, uintptr(page)*100)
		some.take(t, 8, 1<<19)
		release()
	}
	if *taken > 20<<20 {
		t.Errorf("%d bytes for pages of 8 MB", *taken)
	}
}

func TestMemoryThatIsRefusedIsNoAddress(t *testing.T) {
	begin(t, 1<<20, 0)
	sbrk = func(uintptr) unsafe.Pointer { return nil }
	defer func() {
		if recover() == nil {
			t.Error("there is an address")
		}
	}()
	allocate(1, 10)
}
