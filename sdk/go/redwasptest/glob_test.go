package redwasptest

import "testing"

func TestPatternsAreThoseOfTheServers(t *testing.T) {
	for _, test := range []struct {
		pattern, key string
		fits         bool
	}{
		{"*", "", true}, {"a*c", "abc", true}, {"a*c", "abd", false}, {"a?c", "abc", true}, {"a?", "a", false},
		{"[a-c]x", "bx", true}, {"[c-a]x", "bx", true}, {"[^a-c]x", "bx", false}, {"[^a-c]x", "dx", true},
		{`[\]]x`, "]x", true}, {`a\*`, "a*", true}, {`a\*`, "ab", false}, {"a", "ab", false}, {"*:[0-9]*", "order:7", true},
	} {
		if matches(test.pattern, test.key) != test.fits {
			t.Errorf("%s %s", test.pattern, test.key)
		}
	}
}
