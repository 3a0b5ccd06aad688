package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/redwasptest"
)

func bench() *redwasptest.Bench {
	return redwasptest.NewBench(redwasptest.Server("redis", "7.0.15"))
}

func info(text string) []byte {
	return redwasptest.Bulk("# Stats\r\n" + text)
}

func TestThePartOfLookupsThatFoundTheirKey(t *testing.T) {
	page, err := bench().Reply("INFO ALL", info("keyspace_hits:3\r\nkeyspace_misses:1\r\n")).Collect(plugin, "{}")
	if err != nil {
		t.Fatal(err)
	}
	if text := page.Text("redis"); !strings.Contains(text, "redis_{{name_snake}}_hit_ratio 0.75\n") {
		t.Error(text)
	}
}

func TestTooFewLookupsGiveNoSample(t *testing.T) {
	for configuration, isThere := range map[string]bool{
		`{}`:                     true,
		`{"minimum_lookups": 4}`: true,
		`{"minimum_lookups": 5}`: false,
	} {
		page, err := bench().Reply("INFO ALL", info("keyspace_hits:3\r\nkeyspace_misses:1\r\n")).Collect(plugin, configuration)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := page.Value("{{name_snake}}_hit_ratio", nil); ok != isThere {
			t.Errorf("%s: there is a sample: %v", configuration, ok)
		}
	}
}

func TestNoLookupsAtAllGiveNoSample(t *testing.T) {
	page, err := bench().Reply("INFO ALL", info("keyspace_hits:0\r\nkeyspace_misses:0\r\n")).Collect(plugin, "{}")
	if err != nil {
		t.Fatal(err)
	}
	if text := page.Text("redis"); text != "" {
		t.Error(text)
	}
}

func TestAServerThatCountsNoLookupsIsNoFault(t *testing.T) {
	_, err := bench().Reply("INFO ALL", info("uptime_in_seconds:5\r\n")).Collect(plugin, "{}")
	var reason redwasp.NotApplicable
	if !errors.As(err, &reason) || reason != "INFO has no keyspace_hits" {
		t.Error(err)
	}
}

func TestADenialIsAFailure(t *testing.T) {
	_, err := bench().Denied("INFO ALL").Collect(plugin, "{}")
	var denied redwasp.Denied
	if !errors.As(err, &denied) {
		t.Error(err)
	}
}

func TestAWrongConfigurationIsRefusedWithItsPlaces(t *testing.T) {
	_, err := bench().Collect(plugin, `{"minimum_lookups": "many", "minimum": 1}`)
	var invalid redwasp.Invalid
	if !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	expected := "/minimum_lookups: expected an integer, found a string\n/minimum: there is no such key"
	if invalid.Error() != expected {
		t.Error(invalid)
	}
}
