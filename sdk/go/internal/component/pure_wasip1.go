//go:build !redwasp_active && !redwasp_sweeping

package component

import "github.com/redwasp/redwasp/sdk/go/internal/contract"

// imports is a host that offers nothing.
type imports struct{}

func pure() *contract.CallError {
	return &contract.CallError{
		Case: contract.OtherCallError,
		Text: `a plugin of the world "pure" asks nothing while it runs: say world = "active" in plugin.toml`,
	}
}

// Pipeline is that of the contract.
func (imports) Pipeline(contract.Route, []contract.Command) ([]contract.Answer, *contract.CallError) {
	return nil, pure()
}

// Nodes is that of the contract.
func (imports) Nodes() ([]contract.Node, *contract.CallError) { return nil, pure() }

// Remaining is that of the contract.
func (imports) Remaining() contract.Budget { return contract.Budget{} }
