package main

import (
	"slices"
	"testing"

	"github.com/redwasp/redwasp/sdk/go"
	"github.com/redwasp/redwasp/sdk/go/redwasptest"
)

func bench() *redwasptest.Bench {
	return redwasptest.NewBench(redwasptest.Server("redis", "7.0.15"))
}

func collect(t *testing.T, bench *redwasptest.Bench, configuration string) *redwasptest.Page {
	t.Helper()
	page, err := bench.Collect(plugin, configuration)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func TestMembersOfEachSet(t *testing.T) {
	page := collect(t, bench().
		Reply("SCARD users:human", redwasptest.Integer(3)).
		Reply("SCARD users:bot", redwasptest.Integer(7)), "{}")
	expected := `# HELP redis_active_users Members of the set of active users.
# TYPE redis_active_users gauge
redis_active_users{user_type="bot"} 7
redis_active_users{user_type="human"} 3
`
	if text := page.Text("redis"); text != expected || page.IsPartial() {
		t.Error(text)
	}
}

func TestASetThatCannotBeCountedIsLeftOut(t *testing.T) {
	for _, test := range []struct {
		bench   *redwasptest.Bench
		warning string
	}{
		{bench().Reply("SCARD users:bot", redwasptest.Error("WRONGTYPE not a set")), "SCARD users:bot: WRONGTYPE not a set"},
		{bench().Error("SCARD users:bot", redwasp.Denied("grant SCARD")), "SCARD users:bot: grant SCARD"},
		{bench().Timeout("SCARD users:bot"), "SCARD users:bot: no reply in time"},
		{bench().Reply("SCARD users:bot", redwasptest.Null()), "SCARD users:bot: the reply holds null where an integer was expected"},
	} {
		page := collect(t, test.bench.Reply("SCARD users:human", redwasptest.Integer(3)), "{}")
		if !page.IsPartial() || !slices.Equal(page.Warnings(), []string{test.warning}) {
			t.Error(page.Warnings())
		}
		if _, ok := page.Value("active_users", map[string]string{"user_type": "bot"}); ok {
			t.Error("the set is there")
		}
		if value, _ := page.Value("active_users", map[string]string{"user_type": "human"}); value != 3 {
			t.Error("the other set is not there")
		}
	}
}

func TestOfTwoSetsOfATypeTheFirstIsUsed(t *testing.T) {
	page := collect(t, bench().
		Reply("SCARD a", redwasptest.Integer(1)).
		Reply("SCARD b", redwasptest.Integer(2)),
		`{"sets": [{"key": "a", "type": "human"}, {"key": "b", "type": "human"}]}`)
	expected := []redwasp.Problem{{Pointer: "/sets/1/type", Message: `"human" is there twice`}}
	if !slices.Equal(page.Problems(), expected) {
		t.Error(page.Problems())
	}
	if value, _ := page.Value("active_users", map[string]string{"user_type": "human"}); value != 1 {
		t.Error(value)
	}
}

func TestAWrongConfigurationIsRefused(t *testing.T) {
	_, err := bench().Collect(plugin, `{"sets": [{"key": 1}]}`)
	expected := "configure refused: /sets/0/key: expected a string, found a number\n/sets/0: \"type\" is missing"
	if err == nil || err.Error() != expected {
		t.Error(err)
	}
}
