// Package log writes to the log of the host, which cuts long lines (1 KiB) and drops what is too much (16 KiB in a call).
// Writing never blocks and never fails. A plugin of the world "pure" has no log: what it writes goes nowhere.
package log

import (
	"github.com/redwasp/redwasp/sdk/go/internal/contract"
	"github.com/redwasp/redwasp/sdk/go/internal/host"
)

// Levels, in the order of the contract.
const (
	levelTrace uint8 = iota
	levelDebug
	levelInfo
	levelWarn
	levelError
)

// Trace writes a line for who follows every step. Fields are names and values by turns, also in the others:
//
//	log.Debug("a queue was skipped", "queue", name, "why", err.Error())
func Trace(message string, fields ...string) { write(levelTrace, message, fields) }

// Debug writes a line for who looks for a fault.
func Debug(message string, fields ...string) { write(levelDebug, message, fields) }

// Info writes a line that is good to know.
func Info(message string, fields ...string) { write(levelInfo, message, fields) }

// Warn writes a line about what is not as it should be.
func Warn(message string, fields ...string) { write(levelWarn, message, fields) }

// Error writes a line about what went wrong.
func Error(message string, fields ...string) { write(levelError, message, fields) }

func write(level uint8, message string, fields []string) {
	pairs := make([]contract.Pair, 0, (len(fields)+1)/2)
	for len(fields) > 1 {
		pairs = append(pairs, contract.Pair{fields[0], fields[1]})
		fields = fields[2:]
	}
	if len(fields) == 1 {
		pairs = append(pairs, contract.Pair{fields[0], ""})
	}
	host.Log(level, message, pairs)
}
