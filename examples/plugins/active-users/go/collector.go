// Command active-users is a redwasp plugin: members of the sets of active users.
package main

import (
	"fmt"

	"github.com/redwasp/redwasp/sdk/go"
)

var plugin = redwasp.Export[Config](redwasp.Description{
	Name:    "active-users",
	Version: "1.0.0",
	Summary: "Members of the sets of active users.",
}, &ActiveUsers{})

func main() {}

// Config is which sets there are.
type Config struct {
	Sets []SetConfig `json:"sets" default:"[{\"key\":\"users:human\",\"type\":\"human\"},{\"key\":\"users:bot\",\"type\":\"bot\"}]" description:"The sets to count, each of users of one type."`
}

// SetConfig is one set.
type SetConfig struct {
	Key  string `json:"key" description:"The key of the set."`
	Type string `json:"type" description:"The value of the label user_type."`
}

// ActiveUsers is the collector.
type ActiveUsers struct {
	Users redwasp.Family
	Sets  []Set
}

// Set is one set with the command that counts it.
type Set struct {
	Key, Type string
	Count     redwasp.Prefetched
}

// Configure asks for the size of each set. Two sets of one type would be one series: only the first is used.
func (c *ActiveUsers) Configure(config Config, server redwasp.Server, plan *redwasp.Plan) error {
	c.Users = plan.Gauge("active_users", "Members of the set of active users.", "user_type")
	seen := map[string]bool{}
	for i, set := range config.Sets {
		if seen[set.Type] {
			plan.Problem(fmt.Sprintf("/sets/%d/type", i), fmt.Sprintf(`"%s" is there twice`, set.Type))
			continue
		}
		seen[set.Type] = true
		count := plan.Prefetch(redwasp.NewCommand("SCARD", set.Key))
		c.Sets = append(c.Sets, Set{set.Key, set.Type, count})
	}
	return nil
}

// Collect leaves out the sets that cannot be counted.
func (c *ActiveUsers) Collect(request *redwasp.Request, report *redwasp.Report) error {
	for _, set := range c.Sets {
		members, err := count(request, set)
		if err != nil {
			report.Partial()
			report.Warnf("SCARD %s: %v", set.Key, err)
			continue
		}
		report.Set(c.Users, members, set.Type)
	}
	return nil
}

func count(request *redwasp.Request, set Set) (float64, error) {
	reply, err := request.Reply(set.Count)
	if err != nil {
		return 0, err
	}
	members, err := reply.Integer()
	return float64(members), err
}
