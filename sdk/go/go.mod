module github.com/redwasp/redwasp/sdk/go

go 1.24
