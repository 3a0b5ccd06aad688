//go:build redwasp_sweeping

package component

import "github.com/redwasp/redwasp/sdk/go/internal/contract"

// The run that has begun. An instance lives for one.
var run contract.Run

//go:wasmexport redwasp:collector/sweeper@0.1.0#begin
func begin(address uint32) uint32 {
	reading.Lock()
	request := contract.Read(contract.RequestLayout, memory, address, true)
	release()
	reading.Unlock()
	begun, failure := guest().Begin(&request, imports{isCopied: true})
	run = begun
	return handBegun(failure)
}

// What a page holds is copied out of the arena, which is given back: collectors keep parts of what they see, and a run has
// many pages.
//
//go:wasmexport redwasp:collector/sweeper@0.1.0#page
func page(sweep, keys, length uint32) uint32 {
	if run == nil {
		return handBegun(notBegun())
	}
	reading.Lock()
	swept := contract.ReadList(contract.SweptLayout, memory, keys, length, true)
	release()
	reading.Unlock()
	return handBegun(run.Page(sweep, swept, imports{isCopied: true}))
}

//go:wasmexport redwasp:collector/sweeper@0.1.0#end
func end(complete uint32) uint32 {
	collected := contract.Collected{Failure: notBegun()}
	if run != nil {
		collected = run.End(complete != 0)
	}
	return hand(contract.CollectedLayout, &collected)
}

func handBegun(failure *contract.Failure) uint32 {
	return hand(contract.BegunLayout, &contract.Begun{Failure: failure})
}

func notBegun() *contract.Failure {
	return &contract.Failure{Case: contract.Other, Text: "the run has not begun"}
}
