package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/redwasptest"
)

type shop struct{ *redwasptest.Bench }

func newShop() shop {
	return shop{redwasptest.NewBench(redwasptest.Server("redis", "7.0.15"))}
}

func (s shop) order(number int, status, amount []byte) shop {
	key := fmt.Sprintf("order:%d", number)
	s.Key(0, key, "hash").Reply("HMGET "+key+" status amount", redwasptest.Array(status, amount))
	return s
}

func (s shop) sweep(t *testing.T, configuration string) *redwasptest.Page {
	t.Helper()
	page, err := s.Sweep(plugin, configuration)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func bulk(text string) []byte { return redwasptest.Bulk(text) }

func TestOrdersByStatusAndAmount(t *testing.T) {
	shop := newShop().
		order(1, bulk("paid"), bulk("10")).
		order(2, bulk("open"), bulk("99.5")).
		order(3, bulk("paid"), bulk("20")).
		order(4, redwasptest.Null(), bulk("5000")).
		order(5, bulk("open"), redwasptest.Null()).
		order(6, bulk("open"), bulk("free")).
		order(7, bulk("open"), bulk("inf")).
		order(8, bulk("open"), bulk("nan"))
	shop.Key(0, "order:list", "list").Key(0, "offer:1", "hash")
	expected := `# HELP redis_order_amount Amounts of orders.
# TYPE redis_order_amount histogram
redis_order_amount_bucket{le="10"} 1
redis_order_amount_bucket{le="50"} 2
redis_order_amount_bucket{le="100"} 3
redis_order_amount_bucket{le="500"} 3
redis_order_amount_bucket{le="1000"} 3
redis_order_amount_bucket{le="+Inf"} 4
redis_order_amount_sum 5129.5
redis_order_amount_count 4
# HELP redis_orders Orders by their status.
# TYPE redis_orders gauge
redis_orders{status="open"} 5
redis_orders{status="paid"} 2
redis_orders{status="unknown"} 1
# HELP redis_orders_amount Sum of the amounts of orders by their status.
# TYPE redis_orders_amount gauge
redis_orders_amount{status="open"} 99.5
redis_orders_amount{status="paid"} 30
redis_orders_amount{status="unknown"} 5000
# HELP redis_orders_unreadable Orders whose amount is missing or no number.
# TYPE redis_orders_unreadable gauge
redis_orders_unreadable 4
`
	page := shop.sweep(t, "{}")
	if text := page.Text("redis"); text != expected || page.IsPartial() || page.Warnings() != nil {
		t.Error(text, page.Warnings())
	}
}

func TestFurtherStatusesAreOther(t *testing.T) {
	shop := newShop()
	for i, status := range []string{"b", "a", "c", "b", "d"} {
		shop.order(i, bulk(status), bulk("1"))
	}
	page := shop.sweep(t, `{"max_statuses": 2}`)
	for status, orders := range map[string]float64{"a": 1, "b": 2, "other": 2} {
		if value, _ := page.Value("orders", map[string]string{"status": status}); value != orders {
			t.Errorf("%s: %v orders", status, value)
		}
	}
}

func TestUnknownTakesAPlaceAndOtherIsOneMore(t *testing.T) {
	shop := newShop().order(1, redwasptest.Null(), bulk("1")).order(2, bulk("a"), bulk("1")).order(3, bulk("b"), bulk("1"))
	page := shop.sweep(t, `{"max_statuses": 2}`)
	for status, orders := range map[string]float64{"unknown": 1, "a": 1, "other": 1} {
		if value, _ := page.Value("orders", map[string]string{"status": status}); value != orders {
			t.Errorf("%s: %v orders", status, value)
		}
	}
}

func TestStatusesAreInTheOrderOfTheirLabels(t *testing.T) {
	shop := newShop()
	for i, status := range []string{"\U0001f600", "\uff5e", "a\xff", "a"} {
		shop.order(i, bulk(status), bulk("1"))
	}
	text := shop.sweep(t, "{}").Text("redis")
	expected := `redis_orders{status="a"} 1
redis_orders{status="a\\xff"} 1
redis_orders{status="～"} 1
redis_orders{status="😀"} 1
`
	if !strings.Contains(text, expected) {
		t.Error(text)
	}
}

func TestAnOrderThatCannotBeReadEndsTheWalk(t *testing.T) {
	command := "HMGET order:1 status amount"
	for _, expected := range []redwasp.CallError{
		redwasp.Denied(command + " is not granted"), redwasp.ServerError{Code: "WRONGTYPE", Message: "not a hash"},
	} {
		shop := newShop()
		shop.Key(0, "order:1", "hash").Error(command, expected)
		if _, err := shop.Sweep(plugin, "{}"); !errors.Is(err, expected) {
			t.Error(err)
		}
	}
}

// The recording is of a server with six keys; the same file is a test in the other languages.
func TestWhatWasRecordedIsCounted(t *testing.T) {
	bench, err := redwasptest.Recorded("../recording.json")
	if err != nil {
		t.Fatal(err)
	}
	page, err := bench.Sweep(plugin, "{}")
	if err != nil {
		t.Fatal(err)
	}
	expected, err := os.ReadFile("../recording.prom")
	if text := page.Text("redis"); err != nil || text != string(expected) {
		t.Error(err, text)
	}
}

func TestAWalkThatEndedEarlySaysSo(t *testing.T) {
	shop := newShop().order(1, bulk("paid"), bulk("1"))
	shop.CutShort()
	page := shop.sweep(t, "{}")
	if !slices.Equal(page.Warnings(), []string{"the walk ended early: 1 orders were seen"}) {
		t.Error(page.Warnings())
	}
}

func TestBucketsAscend(t *testing.T) {
	_, err := newShop().Sweep(plugin, `{"buckets": [100, 50, 50]}`)
	var invalid redwasp.Invalid
	expected := redwasp.Invalid{
		{Pointer: "/buckets/1", Message: "50 is not larger than 100"},
		{Pointer: "/buckets/2", Message: "50 is not larger than 50"},
	}
	if !errors.As(err, &invalid) || !slices.Equal(invalid, expected) {
		t.Error(err)
	}
	if _, err := newShop().Sweep(plugin, `{"buckets": [1, "x"], "max_statuses": 101}`); err == nil ||
		err.Error() != "configure refused: /buckets/1: expected a number, found a string\n/max_statuses: 101 is more than 100" {
		t.Error(err)
	}
}

func TestWithoutAWalkThereIsNothing(t *testing.T) {
	page, err := newShop().Collect(plugin, "{}")
	if err != nil || page.Text("redis") != "" {
		t.Error(page, err)
	}
}
