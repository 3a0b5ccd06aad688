//go:build !wasip1

package redwasp

// Natively there is no component: tests are given the plugin.
func register(*Plugin) {}
