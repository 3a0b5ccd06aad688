// Command pitfalls is a plugin that does what its configuration says, of what goes wrong in Go or could: a guest of the
// host's tests.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/log"
)

var plugin = redwasp.ExportSweeper[Config, Run](redwasp.Description{
	Name:    "pitfalls",
	Version: "1.0.0",
	Summary: "Does as it is told.",
}, &Pitfalls{})

func main() {}

// Config is what to do.
type Config struct {
	Do      string   `json:"do" default:"nothing" description:"What Collect does, and each page of a walk."`
	Vectors []Vector `json:"vectors,omitempty" description:"Replies to read, for vectors."`
}

// Vector is a reply, as a string whose code points are its bytes, and how to read it.
type Vector struct {
	Bytes    string `json:"bytes"`
	Accessor string `json:"accessor" enum:"text,integer,number"`
}

// Pitfalls is the collector.
type Pitfalls struct {
	Config Config
	Done   redwasp.Family
	Read   redwasp.Family
	Kept   redwasp.Family
	// What a page did in the mean.
	PageDone redwasp.Family
	Keys     redwasp.Swept
	Value    redwasp.Read
}

// Configure lets everything be asked that an operator grants.
func (c *Pitfalls) Configure(config Config, server redwasp.Server, plan *redwasp.Plan) error {
	c.Config = config
	c.Done = plan.Gauge("pitfalls_done", "Something that can be counted of what was done.", "do")
	c.Read = plan.Gauge("pitfalls_read", "What was read of a vector.", "place", "gives")
	c.Kept = plan.Gauge("pitfalls_kept", "Keys that a walk kept as they were.")
	c.PageDone = plan.Gauge("pitfalls_page_done", "Something that can be counted of what a page did, in the mean.")
	plan.Ask([]string{"GET"}, []string{"*"})
	sweep := redwasp.NewSweep("pit:*").Types("string")
	c.Value = sweep.Read(redwasp.NewKeyRead("GET").Only("string"))
	c.Keys = plan.Sweep(sweep)
	if config.Do == "panic in configure" {
		panic("configured to")
	}
	return nil
}

// Collect does it.
func (c *Pitfalls) Collect(request *redwasp.Request, report *redwasp.Report) error {
	if c.Config.Do == "vectors" {
		return c.readVectors(report)
	}
	done, err := do(c.Config.Do, request)
	if err != nil {
		return err
	}
	report.Set(c.Done, done, c.Config.Do)
	return nil
}

var nothing []int

func do(what string, request *redwasp.Request) (float64, error) {
	switch what {
	case "panic":
		return float64(nothing[len(what)]), nil
	case "panic in a goroutine":
		done := make(chan int)
		go func() {
			defer close(done)
			panic("nobody recovers")
		}()
		<-done
	case "loop":
		for i := 0; ; i++ {
			nothing = nothing[:0]
		}
	case "deadlock":
		<-make(chan int)
	case "exit":
		os.Exit(3)
	case "sleep":
		time.Sleep(time.Hour)
	case "denied":
		return ask(request, "denied:key")
	case "garbage":
		return makeGarbage(request)
	case "garbage beside much":
		return makeGarbageBeside(request)
	case "timers":
		return setTimers(request)
	case "goroutines":
		return useGoroutines(request)
	case "clock":
		return float64(time.Now().Unix()), nil
	case "large":
		return ask(request, "large:key")
	case "many large":
		return askForManyLarge(request)
	case "hoard":
		return hoard()
	case "log":
		log.Warn("a line", "name", "value")
	}
	return 0, nil
}

// ask tells how long a string is.
func ask(request *redwasp.Request, key string) (float64, error) {
	value, err := get(request, key)
	return float64(len(value)), err
}

func get(request *redwasp.Request, key string) ([]byte, error) {
	replies, err := request.Pipeline(redwasp.NewCommand("GET", key))
	if err != nil {
		return nil, err
	}
	reply, err := replies.Reply(0)
	if err != nil || reply.IsNull() {
		return nil, err
	}
	return reply.Bytes()
}

// makeGarbage allocates several times what an instance may have, and asks in between: the host asks for memory then, while
// Go's collector is at work or about to begin.
func makeGarbage(request *redwasp.Request) (float64, error) {
	total := 0.0
	kept := make([][]byte, 64)
	for i := range 32 {
		for j := range 64 {
			kept[j] = bytes.Repeat([]byte{byte(j)}, 64<<10)
		}
		length, err := ask(request, "pit:"+strconv.Itoa(i))
		if err != nil {
			return 0, err
		}
		total += length
	}
	for j, piece := range kept {
		if piece[0] != byte(j) || piece[len(piece)-1] != byte(j) {
			return 0, errors.New("the heap is damaged")
		}
	}
	return total, nil
}

// makeGarbageBeside does so while a large part of the memory is in use: to wait with collecting until the heap is twice as
// large would be too late.
func makeGarbageBeside(request *redwasp.Request) (float64, error) {
	kept := make([][]byte, 30)
	for i := range kept {
		kept[i] = bytes.Repeat([]byte{byte(i)}, 1<<20)
	}
	total, err := makeGarbage(request)
	for i, piece := range kept {
		if piece[i] != byte(i) {
			return 0, errors.New("the heap is damaged")
		}
	}
	return total, err
}

// askForManyLarge reads large:0 to large:14 and then pit:8 to pit:39, each in a call of its own, and tells how long they are
// together. All that was read stays: with 1.06 MB in each of the large ones that is nearly what the replies to a call may
// be, and a quarter of the memory.
func askForManyLarge(request *redwasp.Request) (float64, error) {
	total := 0
	var values, copies [][]byte
	for i := range 15 + 32 {
		key := "large:" + strconv.Itoa(i)
		if i >= 15 {
			key = "pit:" + strconv.Itoa(i-15+8)
		}
		value, err := get(request, key)
		if err != nil {
			return 0, err
		}
		total += len(value)
		end := value[max(len(value)-8, 0):]
		values, copies = append(values, end), append(copies, bytes.Clone(end))
	}
	for i, value := range values {
		if !bytes.Equal(value, copies[i]) {
			return 0, fmt.Errorf("what reply %d holds has changed", i)
		}
	}
	return float64(total), nil
}

// setTimers has timers run while the host is asked.
func setTimers(request *redwasp.Request) (float64, error) {
	fired := 0
	for i := range 10 {
		time.AfterFunc(time.Duration(i)*time.Microsecond, func() { fired++ })
	}
	return ask(request, "pit:1")
}

// useGoroutines asks from several goroutines, and counts replies that hold nothing but the number of their key. While one
// takes over what the host gave it, Go may switch to another one: to collect garbage, of which each makes some.
func useGoroutines(request *redwasp.Request) (float64, error) {
	counts := make(chan float64)
	for i := range 8 {
		go func() {
			count := 0.0
			for range 8 {
				garbage := bytes.Repeat([]byte{byte(i)}, 256<<10)
				value, err := get(request, "pit:"+strconv.Itoa(i))
				own := byte('0' + i)
				if err == nil && len(garbage) > 0 && bytes.Count(value, []byte{own}) == len(value) {
					count++
				}
			}
			counts <- count
		}()
	}
	total := 0.0
	for range 8 {
		total += <-counts
	}
	return total, nil
}

// hoard keeps what it allocates.
func hoard() (float64, error) {
	var kept [][]byte
	for {
		kept = append(kept, bytes.Repeat([]byte{1}, 1<<20))
	}
}

func (c *Pitfalls) readVectors(report *redwasp.Report) error {
	for i, vector := range c.Config.Vectors {
		var wire []byte
		for _, point := range vector.Bytes {
			wire = append(wire, byte(point))
		}
		gives, err := read(wire, vector.Accessor)
		if err != nil {
			gives = err.Error()
		}
		report.Set(c.Read, 1, strconv.Itoa(i), gives)
	}
	return nil
}

func read(wire []byte, accessor string) (string, error) {
	reply, err := redwasp.Decode(wire)
	if err != nil {
		return "", err
	}
	switch accessor {
	case "integer":
		integer, err := reply.Integer()
		return strconv.FormatInt(integer, 10), err
	case "number":
		number, err := reply.Number()
		return strconv.FormatFloat(number, 'g', -1, 64), err
	}
	return reply.Text()
}

// Run is what a walk keeps: names and values of keys, as they are given, with copies of them.
type Run struct {
	names, copies map[string]string
	values        [][]byte
	// What was done by all pages together, and how many there were.
	done, pages float64
}

// Begin begins a walk.
func (c *Pitfalls) Begin(request *redwasp.Request) (*Run, error) {
	return &Run{names: map[string]string{}, copies: map[string]string{}}, nil
}

// Page keeps what it sees, and does what it is told.
func (c *Pitfalls) Page(run *Run, request *redwasp.Request, page *redwasp.Page) error {
	for key := range page.Keys() {
		reply, ok, err := key.Reply(c.Value)
		if err != nil || !ok {
			return fmt.Errorf("%s was not read: %w", key.Name(), err)
		}
		value, err := reply.Bytes()
		if err != nil {
			return err
		}
		run.names[string(key.Name())] = key.Kind()
		run.copies[string(key.Name())] = string(value)
		run.values = append(run.values, key.Name(), value)
	}
	done, err := do(c.Config.Do, request)
	run.done += done
	run.pages++
	return err
}

// End says how many keys there were, if what was kept is as it was.
func (c *Pitfalls) End(run *Run, complete bool, report *redwasp.Report) error {
	for i := 0; i < len(run.values); i += 2 {
		name, value := run.values[i], run.values[i+1]
		if run.copies[string(name)] != string(value) || run.names[string(name)] != "string" {
			return fmt.Errorf("what a page held has changed: %q", name)
		}
	}
	report.Set(c.Kept, float64(len(run.names)))
	report.Set(c.PageDone, run.done/max(run.pages, 1))
	return nil
}
