// Package host is the way to the host's imports; in a native test, to the bench.
package host

import "github.com/redwasp/redwasp/sdk/go/internal/contract"

// Log writes a line to the host's log. In a native test the bench sets it; without one, lines go nowhere.
var Log = func(level uint8, message string, fields []contract.Pair) {}
