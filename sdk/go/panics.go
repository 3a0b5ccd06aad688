package redwasp

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
)

// Frames of the author that a failure shows, besides one of the standard library.
const mostFrames = 4

// The import path of this module.
const ownModule = "github.com/redwasp/redwasp/sdk/go"

// guarded calls the author's code. A panic becomes an error with the place.
func guarded(call func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = errors.New(panicText(value))
		}
	}()
	return call()
}

// panicText is the message, then where it happened: the author's frames, and the first one of the standard library if it
// was that which panicked. It is called by the function that recovers.
func panicText(value any) string {
	var text strings.Builder
	fmt.Fprintf(&text, "panic: %v", value)
	callers := make([]uintptr, 256)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	shown, isLibrary := 0, false
	for more := true; more && shown < mostFrames; {
		var frame runtime.Frame
		frame, more = frames.Next()
		whose := ownerOf(frame.Function)
		// What called the author's code is no news.
		if shown > 0 && whose == ofModule {
			break
		}
		if whose == ofAuthor || whose == ofLibrary && shown == 0 && !isLibrary {
			fmt.Fprintf(&text, "\n  at %s:%d (%s)", path.Base(frame.File), frame.Line, short(frame.Function))
		}
		isLibrary = isLibrary || whose == ofLibrary
		if whose == ofAuthor {
			shown++
		}
	}
	return text.String()
}

type owner int

const (
	ofAuthor owner = iota
	ofModule
	ofLibrary
	ofRuntime
)

// ownerOf says whose a function is, by the path of its package.
func ownerOf(function string) owner {
	if end := strings.IndexAny(function, "(["); end >= 0 {
		function = function[:end]
	}
	directory := function[:strings.LastIndexByte(function, '/')+1]
	name, _, _ := strings.Cut(function[len(directory):], ".")
	of := directory + name
	first, _, _ := strings.Cut(of, "/")
	switch {
	case function == "" || first == "runtime":
		return ofRuntime
	case of == ownModule || strings.HasPrefix(of, ownModule+"/") && !strings.HasSuffix(of, "_test"):
		return ofModule
	// Import paths of others begin with a domain.
	case first != "main" && !strings.Contains(first, "."):
		return ofLibrary
	}
	return ofAuthor
}

// short is the function without the path of its package.
func short(function string) string { return path.Base(function) }
