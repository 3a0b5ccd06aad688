// Package redwasp is for collectors of redwasp (https://github.com/redwasp/redwasp) in Go.
//
// A collector is a function of replies: Configure says once which commands it needs and which metric families it fills, the
// host asks Redis (one round trip for all collectors together), and Collect turns the replies into samples. It runs in a
// fresh WebAssembly instance for every call, so it keeps nothing between calls but what Configure prepared: the exported
// fields of the collector itself.
//
//	package main
//
//	import "github.com/redwasp/redwasp/sdk/go"
//
//	var plugin = redwasp.Export[Config](redwasp.Description{
//		Name:    "subscribers",
//		Version: "1.0.0",
//		Summary: "How many clients listen to a channel.",
//	}, &Subscribers{})
//
//	func main() {}
//
//	type Config struct {
//		Channel string `json:"channel" description:"The channel."`
//	}
//
//	type Subscribers struct {
//		Channel     string
//		Subscribers redwasp.Family
//		Numsub      redwasp.Prefetched
//	}
//
//	func (c *Subscribers) Configure(config Config, server redwasp.Server, plan *redwasp.Plan) error {
//		c.Channel = config.Channel
//		c.Subscribers = plan.Gauge("channel_subscribers", "Clients subscribed to the channel.", "channel")
//		c.Numsub = plan.Prefetch(redwasp.NewCommand("PUBSUB", "NUMSUB", c.Channel))
//		return nil
//	}
//
//	func (c *Subscribers) Collect(request *redwasp.Request, report *redwasp.Report) error {
//		reply, err := request.Reply(c.Numsub)
//		if err != nil {
//			return err
//		}
//		if count, ok := reply.Get(c.Channel); ok {
//			number, err := count.Number()
//			if err != nil {
//				return err
//			}
//			report.Set(c.Subscribers, number, c.Channel)
//		}
//		return nil
//	}
//
// What depends on a reply can be asked for in Collect itself: Request.Pipeline. What depends on all keys is a Sweeper.
// Package redwasptest tests it natively, and redwasp plugin build makes a component of it.
package redwasp
