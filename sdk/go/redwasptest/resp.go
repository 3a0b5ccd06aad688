package redwasptest

import (
	"bytes"
	"strconv"
)

// Bulk is a bulk string as RESP3 bytes.
func Bulk(text string) []byte { return []byte("$" + strconv.Itoa(len(text)) + "\r\n" + text + "\r\n") }

// Simple is a simple string as RESP3 bytes: Simple("OK").
func Simple(text string) []byte { return []byte("+" + text + "\r\n") }

// Integer is an integer as RESP3 bytes.
func Integer(integer int64) []byte { return []byte(":" + strconv.FormatInt(integer, 10) + "\r\n") }

// Double is a double as RESP3 bytes.
func Double(double float64) []byte {
	return []byte("," + strconv.FormatFloat(double, 'g', -1, 64) + "\r\n")
}

// Boolean is a boolean as RESP3 bytes.
func Boolean(boolean bool) []byte {
	if boolean {
		return []byte("#t\r\n")
	}
	return []byte("#f\r\n")
}

// Null is RESP3's null.
func Null() []byte { return []byte("_\r\n") }

// Error is an error reply as RESP3 bytes: Error("WRONGTYPE not a set").
func Error(text string) []byte { return []byte("-" + text + "\r\n") }

// Array is an array of replies as RESP3 bytes.
func Array(elements ...[]byte) []byte { return aggregate('*', len(elements), elements) }

// Set is a set of replies as RESP3 bytes.
func Set(elements ...[]byte) []byte { return aggregate('~', len(elements), elements) }

// Map is a map as RESP3 bytes: keys and values by turns.
func Map(elements ...[]byte) []byte { return aggregate('%', len(elements)/2, elements) }

func aggregate(kind byte, length int, elements [][]byte) []byte {
	return append([]byte(string(kind)+strconv.Itoa(length)+"\r\n"), bytes.Join(elements, nil)...)
}
