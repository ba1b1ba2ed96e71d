package configs

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"meridian/gateway/policy"
)

// Limits of the APIs of a document, all together: what a gateway takes.
const (
	maxOperations = 10_000
	maxAPIHosts   = 10_000
)

// statusPath is reserved at every gateway.
const statusPath = "/status-0123456789abcdef"

// apiTable checks the APIs of a document against each other.
type apiTable struct {
	*policyReader
	global     *policy.Tree
	names      map[string]int
	places     map[string]int // by host and path
	operations int
	hosts      int
}

// apis converts the APIs of the document and their policies.
func (c *compiler) apis() {
	t := &apiTable{policyReader: c.newPolicyReader(), names: map[string]int{}, places: map[string]int{}}
	t.global = t.tree(c.doc.Policies, policy.ScopeGlobal)
	if t.global != nil {
		c.out.Policies = policy.Link(t.global)
	}
	for i := range c.doc.APIs {
		d, p := &c.doc.APIs[i], top("apis").item(i)
		t.operations += len(d.Operations)
		t.hosts += len(d.Hosts)
		if first, twice := t.names[lower(d.Name)]; twice && d.Name != "" {
			c.r.fail(p.key("name"), "%s is the name of apis[%d] already: want a name of its own", quote(d.Name), first)
		}
		t.names[lower(d.Name)] = i
		t.api(d, i, p)
	}
	if t.operations > maxOperations {
		c.r.fail(top("apis"), "%d operations: want at most %d in all", t.operations, maxOperations)
	}
	if t.hosts > maxAPIHosts {
		c.r.fail(top("apis"), "%d hosts: want at most %d in all", t.hosts, maxAPIHosts)
	}
}

// api converts one API.
func (t *apiTable) api(d *APIDocument, i int, p *path) {
	out := API{Name: d.Name, DisplayName: cmp.Or(d.DisplayName, d.Name), Revision: cmp.Or(d.Revision, "1"), Version: d.Version, AsWritten: d.AmbiguousPaths == "asWritten"}
	out.Path = t.apiPath(d.Path, p.key("path"))
	out.Hosts = t.apiHosts(d.Hosts, p.key("hosts"))
	t.place(&out, i, p)
	out.Backend, out.URL = t.destination(d, p)
	tree := t.tree(d.Policies, policy.ScopeAPI)
	out.Program = policy.Link(trees(t.global, tree)...)
	out.Operations = t.operationsOf(d, tree, out.Program, p.key("operations"))
	t.out.APIs = append(t.out.APIs, out)
}

// trees leaves out those that are not there.
func trees(all ...*policy.Tree) []*policy.Tree {
	var out []*policy.Tree
	for _, tree := range all {
		if tree != nil {
			out = append(out, tree)
		}
	}
	return out
}

// apiPath reads the path of an API: with a leading slash, without a trailing
// one.
func (c *compiler) apiPath(text string, p *path) string {
	out := "/" + strings.Trim(text, "/")
	switch {
	case strings.ContainsAny(text, "*#&+:<>?{}%\\ ") || !isPrintable(text):
		c.r.fail(p, "%s: want a path such as /shop/v1, without any of * # & + : < > ? { } %% \\ and spaces", quote(text))
	case strings.Contains(out, "//") || strings.Contains(out+"/", "/./") || strings.Contains(out+"/", "/../"):
		c.r.fail(p, "%s: want a path such as /shop/v1, without empty parts, . and ..", quote(text))
	case lower(out+"/") == statusPath+"/" || strings.HasPrefix(lower(out), statusPath+"/"):
		c.r.fail(p, "%s: %s is reserved for the state of the gateway", quote(text), statusPath)
	}
	return out
}

// apiHosts reads the host names of an API.
func (c *compiler) apiHosts(texts []string, p *path) []string {
	var out []string
	for i, text := range texts {
		host := strings.TrimSuffix(lower(text), ".")
		if !isHostName(strings.TrimPrefix(host, "*.")) {
			c.r.fail(p.item(i), "%s: want a host name such as api.example.com or *.example.com, without port", quote(text))
			continue
		}
		if contains(out, host) {
			c.r.fail(p.item(i), "%s is there twice: want each host once", quote(text))
			continue
		}
		out = append(out, host)
	}
	return out
}

// place reports an API whose requests another one takes.
func (t *apiTable) place(a *API, i int, p *path) {
	hosts := a.Hosts
	if len(hosts) == 0 {
		hosts = []string{""}
	}
	for _, host := range hosts {
		key := host + lower(a.Path)
		first, taken := t.places[key]
		if !taken {
			t.places[key] = i
			continue
		}
		where := "every host"
		if host != "" {
			where = "host " + host
		}
		at := p.key("path")
		if _, given := t.r.root.find(at); !given {
			at = p
		}
		t.r.fail(at, "%s at %s is apis[%d] (%s) already: want a path or hosts of its own", quote(a.Path), where, first, t.doc.APIs[first].Name)
		return
	}
}

// destination returns where requests of an API go.
func (c *compiler) destination(d *APIDocument, p *path) (backend string, u *url.URL) {
	if d.Backend != "" && d.ServiceURL != "" {
		c.r.fail(p, "backend and serviceUrl: want one of them")
	}
	if d.Backend != "" {
		b, known := c.findBackend(d.Backend)
		if !known {
			c.unknownBackend(d.Backend, p.key("backend"))
			return "", nil
		}
		return b.Name, nil
	}
	if d.ServiceURL == "" {
		return "", nil
	}
	u, err := parseBackend(d.ServiceURL)
	if err != nil {
		c.r.fail(p.key("serviceUrl"), "%v", err)
		return "", nil
	}
	return "", u
}

// operationsOf converts the operations of an API, which share its program where
// they have no policies of their own.
func (t *apiTable) operationsOf(d *APIDocument, api *policy.Tree, shared *policy.Program, p *path) []Operation {
	names, matched := map[string]int{}, map[string]int{}
	var out []Operation
	for i := range d.Operations {
		o, at := &d.Operations[i], p.item(i)
		if first, twice := names[lower(o.Name)]; twice && o.Name != "" {
			t.r.fail(at.key("name"), "%s is the name of operations[%d] already: want a name of its own", quote(o.Name), first)
		}
		names[lower(o.Name)] = i
		t.matches(d, i, matched, at)
		op := Operation{
			Name: o.Name, DisplayName: cmp.Or(o.DisplayName, o.Name), Method: strings.ToUpper(o.Method), URLTemplate: o.URLTemplate, Program: shared,
		}
		if tree := t.tree(o.Policies, policy.ScopeOperation); tree != nil {
			op.Program = policy.Link(trees(t.global, api, tree)...)
		}
		out = append(out, op)
	}
	return out
}

// matches checks the method and the template of an operation. matched holds
// those before by what they match.
func (t *apiTable) matches(d *APIDocument, i int, matched map[string]int, p *path) {
	o := &d.Operations[i]
	if o.Method != "" && o.Method != "*" && !validToken(o.Method) {
		t.r.fail(p.key("method"), "%s: want an HTTP method such as GET, or *", quote(o.Method))
	}
	if o.URLTemplate == "" {
		return
	}
	template, err := parseURLTemplate(o.URLTemplate)
	if err != nil {
		t.r.fail(p.key("urlTemplate"), "%v", err)
		return
	}
	key := fmt.Sprintf("%s %s", strings.ToUpper(o.Method), template)
	if first, twice := matched[key]; twice {
		t.r.fail(p.key("urlTemplate"), "%s matches the same requests as operations[%d] (%s): want another method or template", quote(o.URLTemplate), first, d.Operations[first].Name)
	}
	matched[key] = i
}
