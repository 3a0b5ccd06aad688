package redwasp

import "github.com/redwasp/redwasp/sdk/go/internal/component"

func register(plugin *Plugin) { component.Guests = append(component.Guests, plugin.guest) }
