package redwasptest

// matches says whether a key fits a pattern of SCAN MATCH. In the few keys of a test, trying again is cheap.
func matches(pattern, key string) bool {
	if pattern == "" {
		return key == ""
	}
	if pattern[0] == '*' {
		for skipped := range len(key) + 1 {
			if matches(pattern[1:], key[skipped:]) {
				return true
			}
		}
		return false
	}
	if key == "" {
		return false
	}
	rest := pattern[1:]
	fits := pattern[0] == '?' || pattern[0] == key[0]
	switch {
	case pattern[0] == '[':
		fits, rest = class(rest, key[0])
	case pattern[0] == '\\' && rest != "":
		fits, rest = rest[0] == key[0], rest[1:]
	}
	return fits && matches(rest, key[1:])
}

// class says whether a byte is in the class that begins after its bracket, and what follows the class.
func class(pattern string, byte byte) (bool, string) {
	isNot := pattern != "" && pattern[0] == '^'
	if isNot {
		pattern = pattern[1:]
	}
	isIn := false
	for pattern != "" {
		if pattern[0] == ']' {
			return isIn != isNot, pattern[1:]
		}
		first, last, length := pattern[0], pattern[0], 1
		switch {
		case first == '\\' && len(pattern) > 1:
			first, last, length = pattern[1], pattern[1], 2
		case len(pattern) > 2 && pattern[1] == '-':
			last, length = pattern[2], 3
		}
		isIn = isIn || min(first, last) <= byte && byte <= max(first, last)
		pattern = pattern[length:]
	}
	return isIn != isNot, pattern
}
