package contract

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text is bytes as a text. What is not UTF-8 is written \xNN: hosts take no other texts, and nothing is lost.
func Text[T string | []byte](of T) string {
	rest := string(of)
	if utf8.ValidString(rest) {
		return rest
	}
	var text strings.Builder
	for len(rest) > 0 {
		r, size := utf8.DecodeRuneInString(rest)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&text, `\x%02x`, rest[0])
		} else {
			text.WriteString(rest[:size])
		}
		rest = rest[size:]
	}
	return text.String()
}
