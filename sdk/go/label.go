package redwasp

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// LabelText makes a label value of bytes of Redis. Keys and values are bytes: what is not UTF-8 is written \xNN, so that
// two different keys stay different and nothing is lost.
func LabelText(bytes []byte) string {
	if utf8.Valid(bytes) {
		return string(bytes)
	}
	var text strings.Builder
	for len(bytes) > 0 {
		r, size := utf8.DecodeRune(bytes)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&text, `\x%02x`, bytes[0])
		} else {
			text.Write(bytes[:size])
		}
		bytes = bytes[size:]
	}
	return text.String()
}
