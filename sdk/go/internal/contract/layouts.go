package contract

// Sizes and alignments are those of the canonical ABI
// (https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#alignment): fields in their order,
// each aligned to its size; a string or list is an address and a length. A test reckons them anew.

var (
	textLayout  = Layout[string]{8, 4, (*Walk).text}
	bytesLayout = Layout[[]byte]{8, 4, (*Walk).bytes}
	u32Layout   = Layout[uint32]{4, 4, (*Walk).u32}
	unitLayout  = Layout[struct{}]{0, 1, func(*Walk, *struct{}) {}}
)

// PairLayout is of a tuple of two strings.
var PairLayout = Layout[Pair]{16, 4, func(w *Walk, v *Pair) {
	w.text(&v[0])
	w.text(&v[1])
}}

var familyLayout = Layout[Family]{36, 4, func(w *Walk, v *Family) {
	w.text(&v.Name)
	w.text(&v.Help)
	w.text(&v.Unit)
	w.u8((*uint8)(&v.Kind))
	list(w, textLayout, &v.LabelNames)
}}

var sampleLayout = Layout[Sample]{24, 8, func(w *Walk, v *Sample) {
	w.u32(&v.Family)
	list(w, textLayout, &v.LabelValues)
	w.f64(&v.Value)
}}

var bucketLayout = Layout[Bucket]{16, 8, func(w *Walk, v *Bucket) {
	w.f64(&v.Bound)
	w.u64(&v.Count)
}}

var bucketedLayout = Layout[Bucketed]{40, 8, func(w *Walk, v *Bucketed) {
	w.u32(&v.Family)
	list(w, textLayout, &v.LabelValues)
	list(w, bucketLayout, &v.Buckets)
	w.f64(&v.Sum)
	w.u64(&v.Count)
}}

var quantileLayout = Layout[Quantile]{16, 8, func(w *Walk, v *Quantile) {
	w.f64(&v.Quantile)
	w.f64(&v.Value)
}}

var quantiledLayout = Layout[Quantiled]{40, 8, func(w *Walk, v *Quantiled) {
	w.u32(&v.Family)
	list(w, textLayout, &v.LabelValues)
	list(w, quantileLayout, &v.Quantiles)
	w.f64(&v.Sum)
	w.u64(&v.Count)
}}

// CommandLayout is the layout of a command; the other exported ones are named alike.
var CommandLayout = Layout[Command]{12, 4, func(w *Walk, v *Command) {
	w.u32(&v.Database)
	list(w, bytesLayout, &v.Args)
}}

var callErrorLayout = Layout[CallError]{20, 4, func(w *Walk, v *CallError) {
	w.oneOf(&v.Case, 4)
	switch v.Case {
	case Timeout:
	case ServerError:
		w.text(&v.Code)
		w.text(&v.Text)
	default:
		w.text(&v.Text)
	}
}}

var answerLayout = Layout[Answer]{24, 4, func(w *Walk, v *Answer) {
	reply := &v.Reply
	result(w, bytesLayout, callErrorLayout, &reply, &v.Err)
}}

// ServerLayout is of what is known of a server.
var ServerLayout = Layout[Server]{44, 4, func(w *Walk, v *Server) {
	w.text(&v.Product)
	w.text(&v.Version)
	w.text(&v.Mode)
	w.text(&v.Role)
	w.u32(&v.Databases)
	list(w, PairLayout, &v.Extra)
}}

var targetLayout = Layout[Target]{32, 4, func(w *Walk, v *Target) {
	w.text(&v.Name)
	list(w, PairLayout, &v.Labels)
	w.text(&v.Node)
	list(w, PairLayout, &v.Extra)
}}

var savedStateLayout = Layout[SavedState]{16, 4, func(w *Walk, v *SavedState) {
	w.text(&v.PluginVersion)
	w.bytes(&v.Bytes)
}}

var savedLayout = Layout[*SavedState]{20, 4, func(w *Walk, v **SavedState) { option(w, savedStateLayout, v) }}

var stateLayout = Layout[*[]byte]{12, 4, func(w *Walk, v **[]byte) { option(w, bytesLayout, v) }}

// RequestLayout is of what a call is given.
var RequestLayout = Layout[Request]{128, 8, func(w *Walk, v *Request) {
	w.bytes(&v.Prepared)
	record(w, targetLayout, &v.Target)
	record(w, ServerLayout, &v.Server)
	list(w, answerLayout, &v.Prefetched)
	record(w, savedLayout, &v.State)
	w.u64(&v.UnixMs)
	list(w, PairLayout, &v.Extra)
}}

var reportLayout = Layout[Report]{64, 4, func(w *Walk, v *Report) {
	list(w, sampleLayout, &v.Samples)
	list(w, bucketedLayout, &v.Histograms)
	list(w, quantiledLayout, &v.Summaries)
	list(w, familyLayout, &v.Late)
	list(w, textLayout, &v.Warnings)
	w.boolean(&v.Partial)
	record(w, stateLayout, &v.State)
	list(w, PairLayout, &v.Extra)
}}

var failureLayout = Layout[Failure]{24, 4, func(w *Walk, v *Failure) {
	w.oneOf(&v.Case, 4)
	if v.Case == Redis {
		record(w, callErrorLayout, &v.Redis)
	} else {
		w.text(&v.Text)
	}
}}

// DescriptionLayout is of the result of describe.
var DescriptionLayout = Layout[Description]{40, 4, func(w *Walk, v *Description) {
	w.text(&v.Name)
	w.text(&v.Version)
	w.text(&v.Summary)
	w.text(&v.ConfigSchema)
	list(w, PairLayout, &v.Extra)
}}

var askLayout = Layout[Ask]{24, 4, func(w *Walk, v *Ask) {
	list(w, textLayout, &v.Commands)
	list(w, textLayout, &v.Keys)
	list(w, u32Layout, &v.Databases)
}}

var keyReadLayout = Layout[KeyRead]{24, 4, func(w *Walk, v *KeyRead) {
	list(w, bytesLayout, &v.Before)
	list(w, bytesLayout, &v.After)
	list(w, textLayout, &v.Types)
}}

var sweepLayout = Layout[Sweep]{28, 4, func(w *Walk, v *Sweep) {
	w.u32(&v.Database)
	w.bytes(&v.Pattern)
	list(w, textLayout, &v.Types)
	list(w, keyReadLayout, &v.Reads)
}}

var problemLayout = Layout[Problem]{16, 4, func(w *Walk, v *Problem) {
	w.text(&v.Pointer)
	w.text(&v.Message)
}}

var planLayout = Layout[Plan]{72, 4, func(w *Walk, v *Plan) {
	list(w, familyLayout, &v.Families)
	list(w, textLayout, &v.LatePrefixes)
	list(w, askLayout, &v.Asks)
	list(w, CommandLayout, &v.Prefetch)
	list(w, sweepLayout, &v.Sweeps)
	w.text(&v.Scope)
	list(w, problemLayout, &v.Problems)
	w.bytes(&v.Prepared)
	list(w, PairLayout, &v.Extra)
}}

var refusalLayout = Layout[Refusal]{12, 4, func(w *Walk, v *Refusal) {
	if w.oneOf(&v.Case, 4); v.Case == RefusedInvalid {
		list(w, problemLayout, &v.Problems)
	} else {
		w.text(&v.Text)
	}
}}

var readLayout = Layout[*Answer]{28, 4, func(w *Walk, v **Answer) { option(w, answerLayout, v) }}

// SweptLayout is of a key of a page.
var SweptLayout = Layout[Swept]{24, 4, func(w *Walk, v *Swept) {
	w.bytes(&v.Key)
	w.text(&v.Kind)
	list(w, readLayout, &v.Reads)
}}

var slotRangeLayout = Layout[SlotRange]{8, 4, func(w *Walk, v *SlotRange) {
	w.u32(&v[0])
	w.u32(&v[1])
}}

var nodeLayout = Layout[Node]{56, 4, func(w *Walk, v *Node) {
	w.text(&v.ID)
	w.text(&v.Address)
	w.text(&v.Role)
	w.text(&v.Shard)
	w.text(&v.Primary)
	list(w, slotRangeLayout, &v.Slots)
	list(w, PairLayout, &v.Extra)
}}

// BudgetLayout is of the result of remaining.
var BudgetLayout = Layout[Budget]{24, 8, func(w *Walk, v *Budget) {
	w.u32(&v.Milliseconds)
	w.u32(&v.Calls)
	w.u32(&v.Commands)
	w.u64(&v.Bytes)
}}

// ConfiguredLayout is of the result of configure.
var ConfiguredLayout = Layout[Configured]{76, 4, func(w *Walk, v *Configured) {
	result(w, planLayout, refusalLayout, &v.Plan, &v.Refusal)
}}

// CollectedLayout is of the result of collect and end.
var CollectedLayout = Layout[Collected]{68, 4, func(w *Walk, v *Collected) {
	result(w, reportLayout, failureLayout, &v.Report, &v.Failure)
}}

// BegunLayout is of the result of begin and page.
var BegunLayout = Layout[Begun]{28, 4, func(w *Walk, v *Begun) {
	nothing := &struct{}{}
	result(w, unitLayout, failureLayout, &nothing, &v.Failure)
}}

// AnsweredLayout is of the result of pipeline.
var AnsweredLayout = Layout[Answered]{24, 4, func(w *Walk, v *Answered) {
	answers := &v.Answers
	answerList := Layout[[]Answer]{8, 4, func(w *Walk, v *[]Answer) { list(w, answerLayout, v) }}
	result(w, answerList, callErrorLayout, &answers, &v.Err)
}}

// NodedLayout is of the result of nodes.
var NodedLayout = Layout[Noded]{24, 4, func(w *Walk, v *Noded) {
	nodes := &v.Nodes
	nodeList := Layout[[]Node]{8, 4, func(w *Walk, v *[]Node) { list(w, nodeLayout, v) }}
	result(w, nodeList, callErrorLayout, &nodes, &v.Err)
}}

// Size is how many bytes a value takes, without what it refers to.
func (layout Layout[T]) Size() uint32 { return uint32(layout.size) }
