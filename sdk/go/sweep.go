package redwasp

import (
	"fmt"
	"iter"

	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// Sweep is keys that the host shall walk. One paced SCAN serves all collectors; it runs by itself, not with scrapes.
type Sweep struct {
	record contract.Sweep
}

// NewSweep is the keys of database 0 that match a pattern, as in SCAN MATCH.
func NewSweep(pattern string) *Sweep {
	return &Sweep{contract.Sweep{Pattern: []byte(pattern)}}
}

// Database is the database to walk.
func (sweep *Sweep) Database(database uint32) *Sweep {
	sweep.record.Database = database
	return sweep
}

// Types leaves out keys of other types than these, as TYPE names them.
func (sweep *Sweep) Types(types ...string) *Sweep {
	sweep.record.Types = append(sweep.record.Types, types...)
	return sweep
}

// Read reads something of every key.
func (sweep *Sweep) Read(read KeyRead) Read {
	sweep.record.Reads = append(sweep.record.Reads, read.record)
	return Read(len(sweep.record.Reads))
}

// KeyRead is a command with the key somewhere in it: HGET <key> amount is NewKeyRead("HGET").After("amount").
type KeyRead struct {
	record contract.KeyRead
}

// NewKeyRead is a command whose next word is the key.
func NewKeyRead(name string) KeyRead {
	return KeyRead{contract.KeyRead{Before: [][]byte{[]byte(name)}}}
}

// Before adds words before the key: the subcommand of XINFO STREAM <key>.
func (read KeyRead) Before(words ...string) KeyRead {
	read.record.Before = appended(read.record.Before, words)
	return read
}

// After adds words after the key.
func (read KeyRead) After(words ...string) KeyRead {
	read.record.After = appended(read.record.After, words)
	return read
}

// Only makes it a read of keys of these types, as TYPE names them. One that does not fit a key's type would be an error on
// the server.
func (read KeyRead) Only(types ...string) KeyRead {
	read.record.Types = append(read.record.Types[:len(read.record.Types):len(read.record.Types)], types...)
	return read
}

func appended(before [][]byte, words []string) [][]byte {
	before = before[:len(before):len(before)]
	for _, word := range words {
		before = append(before, []byte(word))
	}
	return before
}

// Page is some keys of one sweep, with what was read of them.
type Page struct {
	sweep uint32
	keys  []contract.Swept
}

// Is says whether it is of this sweep.
func (page *Page) Is(sweep Swept) bool { return page.sweep+1 == uint32(sweep) }

// Len is how many keys there are.
func (page *Page) Len() int { return len(page.keys) }

// Keys are the keys. In a run each comes once.
func (page *Page) Keys() iter.Seq[Key] {
	return func(yield func(Key) bool) {
		for i := range page.keys {
			if !yield(Key{&page.keys[i]}) {
				return
			}
		}
	}
}

// Key is one key.
type Key struct {
	record *contract.Swept
}

// Name is its name. LabelText makes a label value of it.
func (key Key) Name() []byte { return key.record.Key }

// Kind is its type, as TYPE names it; "" when neither the sweep nor its reads name types.
func (key Key) Kind() string { return key.record.Kind }

// Reply is what was read; ok is false when the read is not for keys of this type. The error is as that of Request.Reply.
func (key Key) Reply(read Read) (reply Reply, ok bool, err error) {
	place := int(read) - 1
	if place < 0 || place >= len(key.record.Reads) {
		return Reply{}, false, fmt.Errorf("no read has the handle %d: was it kept in an exported field?", read)
	}
	if key.record.Reads[place] == nil {
		return Reply{}, false, nil
	}
	answer := []contract.Answer{*key.record.Reads[place]}
	reply, err = decoded(answered(answer, 0))
	return reply, err == nil, err
}
