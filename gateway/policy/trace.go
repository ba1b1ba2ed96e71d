package policy

import (
	"context"
	"strings"
)

// traceKind is <trace source="…"><message>…</message><metadata/></trace>, or
// the older form with the text between its tags.
func traceKind() kind {
	return kind{
		name: "trace", in: everywhere, content: anything,
		attributes: []attr{
			{name: "source", required: true, code: true, want: wantName},
			{name: "severity", want: wantChoice, choices: []string{"verbose", "information", "error"}},
		},
		compile: compileTrace,
	}
}

type trace struct {
	source, message *term
	severity        string
	metadata        []terms
}

func compileTrace(c *compiler, e *element, t terms) runner {
	o := &trace{source: t["source"], severity: t["severity"].constant()}
	if len(e.children) == 0 {
		o.message = c.value(e, attr{name: "message", code: true})
		if o.message == nil {
			return nil
		}
		return o.run
	}
	if !c.only(e, "message", "metadata") {
		return nil
	}
	for _, child := range e.children {
		if !c.room(child) || !o.child(c, child) {
			return nil
		}
	}
	return o.run
}

// child compiles <message> or <metadata>.
func (o *trace) child(c *compiler, e *element) bool {
	if e.name == "message" {
		o.message = c.value(e, attr{name: "message", code: true})
		return c.known(e, nil) && o.message != nil
	}
	row := attr{required: true, code: true, want: wantText}
	name, value := row, row
	name.name, value.name = "name", "value"
	t, ok := c.terms(e, []attr{name, value})
	o.metadata = append(o.metadata, t)
	return ok && c.holds(e, nothing)
}

func (o *trace) run(_ context.Context, r *run) error {
	line := []string{}
	for _, t := range []*term{o.source, o.message} {
		if t == nil {
			continue
		}
		value, err := t.text(r)
		if err != nil {
			return err
		}
		line = append(line, value)
	}
	text := strings.Join(line, ": ")
	var pairs []TraceValue
	for _, t := range o.metadata {
		name, err := t["name"].text(r)
		if err != nil {
			return err
		}
		value, err := t["value"].text(r)
		if err != nil {
			return err
		}
		pairs = append(pairs, TraceValue{Name: name, Value: value})
	}
	return o.tell(r, text, pairs)
}

// tell notes the text for who looks, and tells context.Trace.
func (o *trace) tell(r *run, text string, pairs []TraceValue) error {
	if r.x.Context.Trace != nil && !r.told {
		r.x.Context.Trace(text)
	}
	if r.x.Trace == nil {
		return nil
	}
	if o.severity != "" {
		text = o.severity + ": " + text
	}
	r.values = nil
	for _, p := range pairs {
		r.saw(p.Name, p.Value)
	}
	r.note(text)
	return nil
}
