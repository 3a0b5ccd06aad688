package redwasp

import "github.com/redwasp/redwasp/sdk/go/internal/contract"

// LabelText makes a label value of bytes of Redis. Keys and values are bytes: what is not UTF-8 is written \xNN, so that
// two different keys stay different and nothing is lost. Texts that a collector gives without it are written so too.
func LabelText(bytes []byte) string { return contract.Text(bytes) }
