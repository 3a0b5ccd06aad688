package redwasptest

// Refused says that Configure refused: with redwasp.NotApplicable or redwasp.Invalid, which errors.As finds, or with another
// error, or a panic, of which there is the text.
type Refused struct{ Err error }

// Error is the refusal.
func (e Refused) Error() string { return "configure refused: " + e.Err.Error() }

// Unwrap is the refusal.
func (e Refused) Unwrap() error { return e.Err }

// PlanRefused says why the daemon would refuse the plan that Configure gave: in its words.
type PlanRefused string

// Error is the reason.
func (e PlanRefused) Error() string { return "the daemon refuses this plan: " + string(e) }

// Failed says that Collect failed, or Begin, Page or End: with redwasp.NotApplicable, a redwasp.CallError or another error.
type Failed struct{ Err error }

// Error is the failure.
func (e Failed) Error() string { return "collect failed: " + e.Err.Error() }

// Unwrap is the failure.
func (e Failed) Unwrap() error { return e.Err }

// Malformed says why the daemon would not take the report as it is.
type Malformed string

// Error is the reason.
func (e Malformed) Error() string { return "the report is malformed: " + string(e) }
