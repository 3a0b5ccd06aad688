//go:build !wasip1

package redwasp

// Natively there is no component: tests are given the plugin. A type that no configuration can be is told before any of them.
func register(plugin *Plugin) { plugin.guest.Describe() }
