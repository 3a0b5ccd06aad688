module example.com/orders

go 1.24

require github.com/redwasp/redwasp/sdk/go v0.1.0

replace github.com/redwasp/redwasp/sdk/go => ../../../../sdk/go
