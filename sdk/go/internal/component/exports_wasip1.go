package component

import (
	"fmt"

	"github.com/redwasp/redwasp/sdk/go/internal/contract"
)

// Guests are the collectors that the program exports: one.
var Guests []contract.Guest

func guest() contract.Guest {
	if len(Guests) != 1 {
		panic(fmt.Sprintf("a plugin exports one collector and not %d: redwasp.Export is called once, in a variable of package main", len(Guests)))
	}
	return Guests[0]
}

//go:wasmexport redwasp:collector/collector@0.1.0#describe
func describe() uint32 {
	description := guest().Describe()
	return hand(contract.DescriptionLayout, &description)
}

// The parameters of configure: the text, then the fields of the server.
//
//go:wasmexport redwasp:collector/collector@0.1.0#configure
func configure(config, configLen, product, productLen, version, versionLen, mode, modeLen, role, roleLen, databases,
	extra, extraLen uint32) uint32 {
	server := contract.Server{
		Product:   text(product, productLen),
		Version:   text(version, versionLen),
		Mode:      text(mode, modeLen),
		Role:      text(role, roleLen),
		Databases: databases,
		Extra:     contract.ReadList(contract.PairLayout, memory, extra, extraLen, false),
	}
	configured := guest().Configure(text(config, configLen), server)
	return hand(contract.ConfiguredLayout, &configured)
}

//go:wasmexport redwasp:collector/collector@0.1.0#collect
func collect(address uint32) uint32 {
	request := contract.Read(contract.RequestLayout, memory, address, false)
	collected := guest().Collect(&request, imports{})
	return hand(contract.CollectedLayout, &collected)
}

func text(address, length uint32) string {
	if length == 0 {
		return ""
	}
	return string(memory(address, length))
}
