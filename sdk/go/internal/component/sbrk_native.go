//go:build !wasip1

package component

import "unsafe"

// Natively there is no component: tests set where the arena has its memory from.
var sbrk = func(uintptr) unsafe.Pointer { return nil }

func refused() { panic("memory is refused") }
