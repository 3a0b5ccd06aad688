package redwasp

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
)

// Frames of the author that a failure shows.
const mostFrames = 4

// What the functions of this module begin with, those of its tests and examples excepted.
const ownFunctions = "github.com/redwasp/redwasp/sdk/go."

// guarded calls the author's code. A panic becomes an error with the place.
func guarded(call func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = errors.New(panicText(value))
		}
	}()
	return call()
}

// panicText is the message, then where it happened: the author's frames, without those of Go itself and of this module.
// It is called by the function that recovers.
func panicText(value any) string {
	var text strings.Builder
	fmt.Fprintf(&text, "panic: %v", value)
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for shown := 0; shown < mostFrames; {
		frame, more := frames.Next()
		// What called the author's code is no news.
		if shown > 0 && strings.HasPrefix(frame.Function, ownFunctions) {
			break
		}
		if isAuthors(frame.Function) {
			fmt.Fprintf(&text, "\n  at %s:%d (%s)", path.Base(frame.File), frame.Line, short(frame.Function))
			shown++
		}
		if !more {
			break
		}
	}
	return text.String()
}

func isAuthors(function string) bool {
	return function != "" && !strings.HasPrefix(function, "runtime.") && !strings.HasPrefix(function, ownFunctions)
}

// short is the function without the path of its package.
func short(function string) string { return path.Base(function) }
