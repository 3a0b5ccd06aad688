package json

import (
	"fmt"
	"slices"
	"strconv"
)

// Write writes a tree as Parse gives it, that may have float64, int and []string besides. Names are sorted.
func Write(value any) string { return string(write(nil, value)) }

func write(out []byte, value any) []byte {
	switch value := value.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, value)
	case int:
		return strconv.AppendInt(out, int64(value), 10)
	case float64:
		return strconv.AppendFloat(out, value, 'f', -1, 64)
	case Number:
		return append(out, value...)
	case string:
		return writeString(out, value)
	case []string:
		return writeList(out, len(value), func(out []byte, i int) []byte { return writeString(out, value[i]) })
	case []any:
		return writeList(out, len(value), func(out []byte, i int) []byte { return write(out, value[i]) })
	case Object:
		names := make([]string, 0, len(value))
		for name := range value {
			names = append(names, name)
		}
		slices.Sort(names)
		out = append(out, '{')
		for i, name := range names {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(writeString(out, name), ':')
			out = write(out, value[name])
		}
		return append(out, '}')
	}
	panic(fmt.Sprintf("JSON has no %T", value))
}

func writeList(out []byte, length int, element func(out []byte, i int) []byte) []byte {
	out = append(out, '[')
	for i := range length {
		if i > 0 {
			out = append(out, ',')
		}
		out = element(out, i)
	}
	return append(out, ']')
}

func writeString(out []byte, text string) []byte {
	out = append(out, '"')
	for _, point := range text {
		switch {
		case point == '"' || point == '\\':
			out = append(out, '\\', byte(point))
		case point < ' ':
			out = fmt.Appendf(out, `\u%04x`, point)
		default:
			out = append(out, string(point)...)
		}
	}
	return append(out, '"')
}
