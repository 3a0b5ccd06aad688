package component

import "runtime/debug"

// Of the 64 MiB that an instance has by default, what Go's heap may grow to before it is collected early: the program takes
// some, and what the host hands over lies beside the heap. Without it Go waits until the heap is twice as large as what is
// in use, and the instance ends first. A collector whose operator raises limits.memory raises this too, by
// debug.SetMemoryLimit.
const heapLimit = 40 << 20

func init() { debug.SetMemoryLimit(heapLimit) }
