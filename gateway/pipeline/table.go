package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"meridian/gateway/expr"
	"meridian/gateway/policy"
)

// table finds the API and the operation of a request. It is immutable.
type table struct {
	exact map[string]*paths // by host, lower case
	below map[string]*paths // by what follows "*.", lower case
	any   *paths            // of APIs without hosts; nil: there are none
	apis  []*api
}

// paths are the APIs of a host, by path.
type paths struct {
	literal map[string]*paths
	api     *api
}

// api is an API, ready to serve.
type api struct {
	about   expr.API
	program *policy.Program // where there are no operations
	plain   bool            // of program
	trie    *trie           // nil: there are no operations
	config  *API
	target  destination
	counts  *counts
}

// operation is one of an API's operations, ready to serve.
type operation struct {
	name, method, text string
	template           *template
	program            *policy.Program
	plain              bool
	about              expr.Operation
}

// rank orders operations that end at one place: those that ask for more first,
// then those of a method.
func (o *operation) rank() int {
	rank := 2 * len(o.template.query)
	for _, c := range o.template.query {
		if !c.any {
			rank += 2 * maxParams
		}
	}
	if o.method != anyMethod {
		rank++
	}
	return rank
}

func newTable(apis []API) (*table, error) {
	t := &table{exact: map[string]*paths{}, below: map[string]*paths{}}
	for i := range apis {
		a, err := newAPI(&apis[i])
		if err == nil {
			err = t.add(a)
		}
		if err != nil {
			return nil, fmt.Errorf("API %q: %w", apis[i].Name, err)
		}
	}
	return t, nil
}

func newAPI(c *API) (*api, error) {
	a := &api{config: c, program: c.Program, plain: isPlain(c.Program)}
	a.about = expr.API{ID: c.Name, Name: cmp.Or(c.DisplayName, c.Name), Path: strings.Trim(c.Path, "/"), Revision: c.Revision, Version: c.Version}
	if c.URL != nil {
		a.about.ServiceURL = c.URL.String()
	}
	if len(c.Operations) == 0 {
		return a, nil
	}
	a.trie = &trie{}
	for i := range c.Operations {
		op, err := newOperation(&c.Operations[i])
		if err != nil {
			return nil, fmt.Errorf("operation %q: %w", c.Operations[i].Name, err)
		}
		if clash := a.trie.insert(op); clash != nil {
			return nil, clashError(clash, op)
		}
	}
	return a, nil
}

func newOperation(c *Operation) (*operation, error) {
	t, err := parseTemplate(c.URLTemplate)
	if err != nil {
		return nil, err
	}
	return &operation{
		name: c.Name, method: strings.ToUpper(c.Method), text: c.URLTemplate, template: t, program: c.Program, plain: isPlain(c.Program),
		about: expr.Operation{ID: c.Name, Name: cmp.Or(c.DisplayName, c.Name), Method: strings.ToUpper(c.Method), URLTemplate: c.URLTemplate},
	}, nil
}

func isPlain(p *policy.Program) bool { return p == nil || p.Plain() }

// add puts an API under its hosts.
func (t *table) add(a *api) error {
	t.apis = append(t.apis, a)
	if len(a.config.Hosts) == 0 {
		if t.any == nil {
			t.any = &paths{}
		}
		return t.any.add(a)
	}
	for _, host := range a.config.Hosts {
		host = lower(strings.TrimSuffix(host, "."))
		under := t.exact
		if rest, wild := strings.CutPrefix(host, "*."); wild {
			host, under = rest, t.below
		}
		if under[host] == nil {
			under[host] = &paths{}
		}
		if err := under[host].add(a); err != nil {
			return err
		}
	}
	return nil
}

func (p *paths) add(a *api) error {
	segments := strings.Split(lower(strings.Trim(a.config.Path, "/")), "/")
	if segments[0] == "" {
		segments = nil
	}
	if len(segments) > maxSegments || len(a.config.Path) > maxTemplate || slices.Contains(segments, "") {
		return fmt.Errorf("path %q: want at most %d segments and %d bytes, none empty", a.config.Path, maxSegments, maxTemplate)
	}
	for _, s := range segments {
		if p.literal == nil {
			p.literal = map[string]*paths{}
		}
		if p.literal[s] == nil {
			p.literal[s] = &paths{}
		}
		p = p.literal[s]
	}
	if p.api != nil {
		return fmt.Errorf("path %q is that of API %q too", a.config.Path, p.api.about.Name)
	}
	p.api = a
	return nil
}

// find returns the API of a host (no port, lower case) with the longest path
// that begins at, and where the rest of the path begins. Hosts that are named
// come before those below a name, the longest name first, and these before APIs
// of all hosts.
func (t *table) find(host string, at path) (*api, int) {
	if p := t.exact[host]; p != nil {
		if a, rest := p.find(at); a != nil {
			return a, rest
		}
	}
	for len(t.below) > 0 {
		_, above, more := strings.Cut(host, ".")
		if !more {
			break
		}
		if p := t.below[above]; p != nil {
			if a, rest := p.find(at); a != nil {
				return a, rest
			}
		}
		host = above
	}
	if t.any == nil {
		return nil, 0
	}
	return t.any.find(at)
}

// find returns the API with the longest path, and where the rest begins.
func (p *paths) find(at path) (found *api, rest int) {
	found = p.api
	for i := 0; i < len(at.text) && at.text[i] == '/' && len(p.literal) > 0; {
		part, end := at.segment(at.begin(i))
		if p = fold(p.literal, part); p == nil {
			break
		}
		if i = end; p.api != nil {
			found, rest = p.api, end
		}
	}
	return found, rest
}
