package policy

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// headerKind is <set-header>: on the request in inbound and backend, on the
// response in outbound, on-error and return-response.
func headerKind() kind {
	return kind{
		name: "set-header", in: everywhere, content: anything,
		attributes: []attr{{name: "name", required: true, code: true, want: wantName}, actionAttr()},
		compile:    compileHeader,
	}
}

// actionAttr is exists-action.
func actionAttr() attr {
	return attr{name: "exists-action", code: true, want: wantChoice, choices: []string{"override", "skip", "append", "delete"}}
}

type header struct {
	name, action *term
	fixed        string // the canonical name, where it is a literal
	values       []*term
	response     bool
}

func compileHeader(c *compiler, e *element, t terms) runner {
	o := &header{name: t["name"], action: t["exists-action"], response: c.toResponse()}
	if name := o.name.constant(); name != "" {
		name = strings.TrimSpace(name)
		if !httpguts.ValidHeaderFieldName(name) {
			c.refuse(o.name.src, o.name.at, "name %q is no name of a header field", name)
			return nil
		}
		o.fixed = http.CanonicalHeaderKey(name)
		c.fixedHeader(o)
	}
	var ok bool
	if o.values, ok = c.values(e); !ok {
		return nil
	}
	if len(o.values) == 0 && (o.action == nil || o.action.program == nil && o.action.literal != "delete") {
		c.warn(e.src, e.at, "<set-header> without <value> sets nothing; write exists-action=\"delete\" to remove the field")
	}
	return o.run
}

// toResponse reports whether an element here acts on the response.
func (c *compiler) toResponse() bool {
	return c.response || c.section == outbound || c.section == onError
}

// fixedHeader warns of fields no policy can change.
func (c *compiler) fixedHeader(o *header) {
	switch {
	case hopField(o.fixed):
		c.warn(o.name.src, o.name.at, "%s belongs to the connection: no policy can change it, this one has no effect", o.fixed)
	case o.fixed == "Server" && o.action != nil && o.action.literal == "delete":
		c.warn(o.name.src, o.name.at, "Server cannot be removed, this has no effect")
	}
}

// hopField reports whether a field is the connection's and not the message's.
func hopField(name string) bool {
	return name == "Connection" || name == "Content-Length" || name == "Keep-Alive" || name == "Transfer-Encoding"
}

// values compiles <value> children.
func (c *compiler) values(e *element) ([]*term, bool) {
	if !c.only(e, "value") {
		return nil, false
	}
	var out []*term
	ok := true
	for _, child := range e.children {
		c.known(child, nil)
		t := c.value(child, attr{name: "value", code: true})
		ok = ok && t != nil && c.room(child)
		out = append(out, t)
	}
	return out, ok
}

func (o *header) run(_ context.Context, r *run) error {
	name, action, err := o.resolve(r)
	if err != nil {
		return err
	}
	h, host := r.header(o.response)
	if h == nil {
		return r.did("there is no response to set " + name + " on")
	}
	if hopField(name) || name == "Server" && action == "delete" {
		return r.did(name + " cannot be changed")
	}
	if name == "Host" && host != nil {
		return o.setHost(r, host, action)
	}
	return o.act(r, h, name, action)
}

// act does what exists-action says.
func (o *header) act(r *run, h http.Header, name, action string) error {
	_, exists := h[name]
	switch {
	case action == "delete":
		delete(h, name)
		return r.did(name + " removed")
	case action == "skip" && exists:
		return r.did(name + " is there")
	}
	return o.set(r, h, name, action)
}

// did notes what an element did, where somebody looks.
func (r *run) did(what string) error {
	if r.x.Trace != nil {
		r.note(what)
	}
	return nil
}

// resolve evaluates the name and the action.
func (o *header) resolve(r *run) (name, action string, err error) {
	name = o.fixed
	if name == "" {
		if name, err = o.name.name(r); err != nil {
			return "", "", err
		}
		if !httpguts.ValidHeaderFieldName(name) {
			return "", "", o.name.invalid(name)
		}
		name = http.CanonicalHeaderKey(name)
	}
	action, err = o.action.choice(r, "override")
	return name, action, err
}

// header returns the fields to change and, of a request, its host.
func (r *run) header(response bool) (http.Header, *string) {
	switch {
	case !response:
		req := r.x.Request.HTTP
		if req.Header == nil {
			req.Header = http.Header{}
		}
		return req.Header, &req.Host
	case r.into != nil:
		return r.into.HTTP.Header, nil
	case r.x.Response == nil:
		return nil, nil
	}
	resp := r.x.Response.HTTP
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	return resp.Header, nil
}

// setHost sets the name the backend is called by; without one it is the
// backend's own.
func (o *header) setHost(r *run, host *string, action string) error {
	switch action {
	case "delete":
		*host = ""
		return r.did("Host removed: the backend's own")
	case "skip":
		return r.did("Host is there")
	}
	for _, v := range o.values {
		value, err := o.value(r, v)
		if err != nil {
			return err
		}
		if !httpguts.ValidHostHeader(value) {
			return v.invalid(value)
		}
		*host = value
	}
	return r.did("Host: " + *host)
}

// set evaluates the values and puts them in.
func (o *header) set(r *run, h http.Header, name, action string) error {
	if len(o.values) == 0 {
		return r.did(name + " has no value")
	}
	values := make([]string, 0, len(o.values))
	for _, v := range o.values {
		value, err := o.value(r, v)
		if err != nil {
			return err
		}
		values = append(values, value)
	}
	if r.x.Trace != nil {
		o.tell(r, name, action, values)
		if slices.ContainsFunc(o.values, func(t *term) bool { return t.secret(r) }) {
			r.hidden.name(name)
		}
	}
	if action == "append" {
		values = append(slices.Clone(h[name]), values...)
	}
	if len(values) > 1 && !separate(name) {
		values = []string{strings.Join(values, ",")}
	}
	h[name] = values
	return nil
}

// value evaluates one value; one that would end the field's line is an error.
func (o *header) value(r *run, v *term) (string, error) {
	value, err := v.text(r)
	if err == nil && !httpguts.ValidHeaderFieldValue(value) {
		err = &valueError{"value holds characters that no header field can hold"}
	}
	return value, err
}

func (o *header) tell(r *run, name, action string, values []string) {
	shown := strings.Join(values, ",")
	if credential(name) {
		shown = "***"
		r.values = nil
	}
	r.note(action + " " + name + ": " + clip(r.hidden.veil(shown)))
}

// separate reports whether a field's values stand on lines of their own: they
// hold commas or dates (the manual's list).
func separate(name string) bool {
	switch name {
	case "User-Agent", "Www-Authenticate", "Proxy-Authenticate", "Cookie", "Set-Cookie", "Warning",
		"Date", "Expires", "If-Modified-Since", "If-Unmodified-Since", "Last-Modified", "Retry-After":
		return true
	}
	return false
}
