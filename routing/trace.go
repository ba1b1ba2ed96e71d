package routing

import (
	"fmt"
	"strings"
)

// Trace is a decision written out: every step with every candidate and why it
// stayed or fell. Its JSON form is part of the admin API.
type Trace struct {
	Profile ProfileName `json:"profile"`
	Client  string      `json:"client"` // address, with the length of its subnet where one was given
	Geo     []GeoCode   `json:"geo"`    // what is known of where the client is, most specific first
	Block   string      `json:"block"`  // the block of the client table that holds it
	Steps   []Step      `json:"steps"`
	Outcome Outcome     `json:"outcome"`
}

// Outcome is the Decision, spelled out.
type Outcome struct {
	CNAME     string   `json:"cname,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
	TTL       uint32   `json:"ttl"`
	Scope     uint8    `json:"scope"` // ECS SCOPE PREFIX-LENGTH
	Reason    Reason   `json:"reason"`
	Endpoints []string `json:"endpoints,omitempty"` // profile/endpoint of the leaves, or the location
}

// Step is one node on the way to the answer.
type Step struct {
	Name       string      `json:"name"` // profile, group of equals, or location
	Method     string      `json:"method"`
	Candidates []Candidate `json:"candidates,omitempty"`
	Notes      []string    `json:"notes,omitempty"`
}

// Candidate is an endpoint and what became of it.
type Candidate struct {
	Endpoint EndpointName `json:"endpoint"`
	Status   string       `json:"status"`
	Tier     string       `json:"tier"`
	Chosen   bool         `json:"chosen"`
	Why      string       `json:"why"`
}

// MarshalText implements encoding.TextMarshaler.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// note, remark and choose write to a step, if there is one.
func (t *Step) note(format string, args ...any) {
	if t != nil {
		t.Notes = append(t.Notes, fmt.Sprintf(format, args...))
	}
}

func (t *Step) remark(e uint8, format string, args ...any) {
	if t != nil {
		t.Candidates[e].Why = fmt.Sprintf(format, args...)
	}
}

func (t *Step) choose(e uint8, format string, args ...any) {
	if t != nil {
		t.Candidates[e].Chosen = true
		t.note(string(t.Candidates[e].Endpoint)+": "+format, args...)
	}
}

// String writes the trace for people.
func (t *Trace) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s for client %s (block %s, %v)\n", t.Profile, t.Client, t.Block, t.Geo)
	for i := range t.Steps {
		t.Steps[i].write(&b)
	}
	o := &t.Outcome
	answer := strings.Join(o.Addresses, " ")
	if o.CNAME != "" {
		answer = "CNAME " + o.CNAME
	}
	if answer == "" {
		answer = "no answer"
	}
	fmt.Fprintf(&b, "=> %s  ttl %d  scope /%d  reason %s  from %s\n",
		answer, o.TTL, o.Scope, o.Reason, strings.Join(o.Endpoints, " "))
	return b.String()
}

func (t *Step) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s (%s)\n", t.Name, t.Method)
	for _, c := range t.Candidates {
		mark := " "
		if c.Chosen {
			mark = "*"
		}
		fmt.Fprintf(b, "  %s %-20s %-17s %-10s %s\n", mark, c.Endpoint, c.Status, c.Tier, c.Why)
	}
	for _, n := range t.Notes {
		fmt.Fprintf(b, "    %s\n", n)
	}
}
