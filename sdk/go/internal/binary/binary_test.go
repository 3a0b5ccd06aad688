package binary

import (
	"bytes"
	"math"
	"math/big"
	"reflect"
	"regexp"
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

type small struct{ Hidden hiding }

type hiding struct{ inside int }

type list struct{ Next *list }

func TestAFieldThatDoesNotTravelIsNamedWithItsPath(t *testing.T) {
	for expected, of := range map[string]reflect.Type{
		"": reflect.TypeFor[struct {
			Next    *list
			Time    time.Time
			Pattern *regexp.Regexp
			_       int
		}](),
		"hidden":                 reflect.TypeFor[all](),
		"Hidden.inside":          reflect.TypeFor[*small](),
		"Sets[].Hidden.inside":   reflect.TypeFor[struct{ Sets []small }](),
		"Sets[][].Hidden.inside": reflect.TypeFor[struct{ Sets [][2]*small }](),
		"Map[].Hidden.inside":    reflect.TypeFor[struct{ Map map[string]small }](),
		"Map[key].Hidden.inside": reflect.TypeFor[struct{ Map map[small]int }](),
	} {
		if path := Hidden(of); path != expected {
			t.Errorf("%s instead of %s", path, expected)
		}
	}
}

// What has methods for bytes or text only by a pointer travels too.
func TestWhatWritesItselfTravels(t *testing.T) {
	type own struct {
		Pattern  regexp.Regexp
		Pointer  *regexp.Regexp
		Patterns map[string]regexp.Regexp
		Number   big.Int
	}
	written, err := Write(own{*regexp.MustCompile("a+"), regexp.MustCompile("b+"), map[string]regexp.Regexp{"c": *regexp.MustCompile("c+")}, *big.NewInt(7)})
	if err != nil {
		t.Fatal(err)
	}
	var read own
	if err := Read(written, &read); err != nil {
		t.Fatal(err)
	}
	c := read.Patterns["c"]
	if !read.Pattern.MatchString("aa") || !read.Pointer.MatchString("bb") || !c.MatchString("cc") || read.Number.Int64() != 7 {
		t.Errorf("%+v", &read)
	}
}

func TestAValueThatCannotBeReadIsAsItWas(t *testing.T) {
	written, _ := Write(struct{ A, B int }{1, 2})
	read := struct{ A, B int }{3, 4}
	if Read(written[:1], &read) == nil || read.A != 3 || read.B != 4 {
		t.Error(read)
	}
	if _, err := Write(nil); err == nil {
		t.Error("nil is written")
	}
}

func TestOtherTypesHaveOtherFingerprints(t *testing.T) {
	seen := map[uint64]reflect.Type{}
	for _, of := range []reflect.Type{
		reflect.TypeFor[struct{ A, B int }](), reflect.TypeFor[struct{ B, A int }](), reflect.TypeFor[struct{ A int }](),
		reflect.TypeFor[struct{ A []int }](), reflect.TypeFor[struct{ A *int }](), reflect.TypeFor[struct{ A [2]int }](),
		reflect.TypeFor[struct{ A [3]int }](), reflect.TypeFor[struct{ A uint }](), reflect.TypeFor[struct{ A map[string]int }](),
		reflect.TypeFor[list](), reflect.TypeFor[time.Time](), reflect.TypeFor[int]()} {
		print := Fingerprint(of)
		if other, isThere := seen[print]; isThere {
			t.Errorf("%s and %s", of, other)
		}
		seen[print] = of
	}
	if Fingerprint(reflect.TypeFor[list]()) != Fingerprint(reflect.TypeFor[list]()) {
		t.Error("one type has two")
	}
}
