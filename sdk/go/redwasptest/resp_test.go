package redwasptest

import (
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
)

func TestWhatIsBuiltIsRead(t *testing.T) {
	for kind, bytes := range map[redwasp.ReplyKind][]byte{
		redwasp.ReplyBoolean: Boolean(true),
		redwasp.ReplySet:     Set(Integer(1), Boolean(false)),
		redwasp.ReplyMap:     Map(Simple("a"), Double(1.5)),
		redwasp.ReplyNull:    Null(),
	} {
		if reply, err := redwasp.Decode(bytes); err != nil || reply.Kind() != kind {
			t.Errorf("%q is %v, %v", bytes, reply.Kind(), err)
		}
	}
	for boolean, expected := range map[bool]int64{true: 1, false: 0} {
		reply, _ := redwasp.Decode(Boolean(boolean))
		if integer, err := reply.Integer(); integer != expected || err != nil {
			t.Error(integer, err)
		}
	}
}
