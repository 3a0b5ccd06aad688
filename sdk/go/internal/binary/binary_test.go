package binary

import (
	"bytes"
	"math"
	"reflect"
	"testing"
	"time"
)

type inner struct {
	Text  string
	Empty struct{}
}

type all struct {
	Bool    bool
	Int     int
	Small   int8
	Uint    uint32
	Large   uint64
	Float   float64
	Text    string
	Bytes   []byte
	None    []string
	Inners  []inner
	Numbers [2]int
	Map     map[string][]int
	Pointer *inner
	Nil     *inner
	Time    time.Time
	hidden  int
}

func value() all {
	return all{
		Bool: true, Int: -5, Small: -128, Uint: math.MaxUint32, Large: math.MaxUint64, Float: math.Inf(-1), Text: "a\xffb",
		Bytes: []byte{0, 255}, Inners: []inner{{Text: "x"}, {}}, Numbers: [2]int{math.MinInt64, math.MaxInt64},
		Map: map[string][]int{"b": {1}, "a": {}, "\xfe": nil}, Pointer: &inner{Text: "y"}, Time: time.Unix(5, 7).UTC(),
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	written, err := Write(value())
	if err != nil {
		t.Fatal(err)
	}
	var read all
	if err := Read(written, &read); err != nil || !reflect.DeepEqual(read, value()) {
		t.Errorf("%+v, %v", read, err)
	}
	for range 20 {
		if again, _ := Write(value()); !bytes.Equal(again, written) {
			t.Fatal("the same value gives other bytes")
		}
	}
}

func TestBytesOfSomethingElseAreRefused(t *testing.T) {
	written, err := Write(value())
	if err != nil {
		t.Fatal(err)
	}
	for length := range written {
		var read all
		if Read(written[:length], &read) == nil {
			t.Errorf("the first %d bytes are taken for all", length)
		}
	}
	var read all
	if Read(append(written, 0), &read) == nil {
		t.Error("a byte too many is taken")
	}
	var list []int64
	if Read([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, &list) == nil {
		t.Error("a length that is not there is taken")
	}
}

func TestWhatCannotTravelIsNamed(t *testing.T) {
	for text, value := range map[string]any{
		"a value of the type interface {} cannot travel": struct{ Any any }{5},
		"a value of the type func() cannot travel":       []func(){nil},
		"a value of the type chan int cannot travel":     map[string]chan int{"a": nil},
	} {
		if _, err := Write(value); err == nil || err.Error() != text {
			t.Error(err)
		}
	}
}
