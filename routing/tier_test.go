package routing

import "testing"

// TestTiers is the table of ROUTING.md "Tiers" and what follows from it.
func TestTiers(t *testing.T) {
	const plan = `
profile p Priority
  a 192.0.2.1
  b 192.0.2.2
  c 192.0.2.3
profile s Priority
  a 192.0.2.1 always
  b 192.0.2.2
profile parent Priority
  x >p
  y 192.0.2.4
`
	testAnswers(t, plan, "p", []answerTest{
		{"tier 3 before 2", "p/a=drill", "de", []string{"b available"}},
		{"tier 3 before 1", "p/a=down", "de", []string{"b available"}},
		{"tier 2 before 1: a drill yields when the rest fails", "p/a=drill p/b=down p/c=down", "de", []string{"a drill"}},
		{"tier 2 before 0: a drill yields when the rest is off", "p/a=drill p/b=off p/c=off", "de", []string{"a drill"}},
		{"tier 1 before 0: operator-off outranks fail-open", "p/a=off p/b=down p/c=off", "de", []string{"b fail_open"}},
		{"the last healthy thing is kept", "p/a=down p/b=down", "de", []string{"c available"}},
		{"the last healthy thing is kept in a drill", "p/a=down p/b=down p/c=drill", "de", []string{"c drill"}},
		{"all in a drill: as if none were", "p/a=drill p/b=drill p/c=drill", "de", []string{"a drill"}},
		{"Degraded and in a drill is no better than Degraded", "p/a=drill,down p/b=down p/c=down", "de", []string{"a fail_open"}},
		{"Degraded and in a drill is no worse either", "p/a=down p/b=drill,down p/c=off", "de", []string{"a fail_open"}},
		{"off is off, in a drill of the profile too", "p=drill p/a=off", "de", []string{"b drill"}},
		{"the whole profile in a drill yields to nobody: it answers", "p=drill", "de", []string{"a drill"}},
		{"the whole profile in a drill, its best one down", "p=drill p/a=down", "de", []string{"b drill"}},
		{"nothing but off", "p/a=off p/b=off p/c=off", "de", []string{"- off"}},
	})
	testAnswers(t, plan, "s", []answerTest{
		{"alwaysServe in a drill is tier 2", "s/a=drill", "de", []string{"b available"}},
		{"alwaysServe in a drill, down: still tier 2", "s/a=drill,down s/b=down", "de", []string{"a drill"}},
	})
	testAnswers(t, plan, "parent", []answerTest{
		{"a nested tier follows its child: 3", "p/a=down", "de", []string{"p/b available"}},
		{"a nested tier follows its child: 2", "p/a=drill p/b=drill p/c=drill", "de", []string{"y available"}},
		{"a nested tier follows its child: 2 before the sibling's 1", "p/a=drill p/b=drill p/c=down parent/y=down", "de", []string{"p/a drill"}},
		{"a nested tier follows its child: 1", "p/a=down p/b=down p/c=down", "de", []string{"y available"}},
		{"a nested tier follows its child: 1 beside 1", "p/a=down p/b=down p/c=down parent/y=down", "de", []string{"p/a fail_open"}},
		{"a nested tier follows its child: 0", "p/a=off p/b=off p/c=off parent/y=down", "de", []string{"y fail_open"}},
		{"the nested endpoint's own drill", "parent/x=drill", "de", []string{"y available"}},
		{"the nested endpoint's own drill on a Degraded child", "parent/x=drill p/a=down p/b=down p/c=down parent/y=down", "de", []string{"p/a fail_open"}},
	})
}

// TestDisableGateway: a location's switch reaches every name of ours but the
// pinned ones (DESIGN §4 "Names in the zone", §7 "disableGateway").
func TestDisableGateway(t *testing.T) {
	const plan = `
profile contoso Performance
  eu @eu
  us @us
profile custom Weighted
  e @eu
  n @us/node1
profile direct Priority
  d @eu pinned
profile regional Priority
  r @eu always
  rest >contoso
profile elsewhere Performance
  e 192.0.2.1 in=eu
  u 192.0.2.2 in=us
`
	testAnswers(t, plan, "contoso", []answerTest{
		{"on: the nearest", "", "de", []string{"EU available"}},
		{"off: the next", "@eu=off", "de", []string{"US available"}},
		{"in a drill: the next", "@eu=drill", "de", []string{"US available"}},
		{"in a drill, and the other fails: it yields", "@eu=drill @us=down", "de", []string{"EU drill"}},
		{"off, and the other fails: off outranks fail-open", "@eu=off @us=down", "de", []string{"US fail_open"}},
		{"off, while the endpoint is in a drill: the further from on counts", "@eu=off contoso/eu=drill @us=down", "de", []string{"US fail_open"}},
		{"the endpoint off, while the location is in a drill", "@eu=drill contoso/eu=off @us=down", "de", []string{"US fail_open"}},
		{"all off", "@eu=off @us=off", "de", []string{"- off"}},
	})
	testAnswers(t, plan, "custom", []answerTest{
		{"DESIGN §9: off holds for custom profiles too", "@eu=off", "de", []string{"US available"}},
		{"DESIGN §9: and for one gateway of the location", "@us=off", "de", []string{"EU available"}},
	})
	testAnswers(t, plan, "direct", []answerTest{
		{"direct: always that location", "", "jp", []string{"EU available"}},
		{"direct: off", "@eu=off", "jp", []string{"EU available"}},
		{"direct: in a drill", "@eu=drill", "jp", []string{"EU available"}},
		{"direct: down", "@eu=down", "jp", []string{"EU available"}},
		{"direct: endpoint and profile off", "direct=off direct/d=off @eu=off,down", "jp", []string{"EU available"}},
		{"direct: a share sheds nobody", "@eu=shed:4096", "jp", []string{"EU available"}},
	})
	testAnswers(t, plan, "regional", []answerTest{
		{"regional: that location", "", "jp", []string{"EU available"}},
		{"regional: healthy or not", "@eu=down", "jp", []string{"EU available"}},
		{"regional: off: what the gateway profile answers this client", "@eu=off", "wa", []string{"US available"}},
		{"regional: in a drill: the same", "@eu=drill", "wa", []string{"US available"}},
	})
	testAnswers(t, plan, "elsewhere", []answerTest{
		{"endpointLocation is a place only: its switch is not the endpoint's", "@eu=off", "de", []string{"e available"}},
	})
}
