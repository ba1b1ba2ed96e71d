package configs

import (
	"path/filepath"

	"meridian/gateway/policy"
)

// policyReader compiles the policy documents of a bundle, each once per scope.
type policyReader struct {
	*compiler
	options policy.Options
	trees   map[treeKey]*policy.Tree
	sources map[string]*source // of the files, for the lines of problems
	seen    map[policy.Problem]bool
}

// treeKey is a document in a scope.
type treeKey struct {
	file  string
	scope policy.Scope
}

func (c *compiler) newPolicyReader() *policyReader {
	r := &policyReader{
		compiler: c, trees: map[treeKey]*policy.Tree{}, sources: map[string]*source{}, seen: map[policy.Problem]bool{},
		options: policy.Options{
			NamedValues: c.namedValues,
			Secret:      func(name string) bool { return c.hidden[name] },
			Fragments:   map[string]policy.Document{},
			Backend:     c.exactBackend,
		},
	}
	if len(c.out.Regions) > 0 {
		r.options.Region = c.isDeploymentRegion
	}
	r.fragments()
	return r
}

// exactBackend reports whether a backend or pool has the name, spelled so.
func (c *compiler) exactBackend(name string) bool {
	b, known := c.findBackend(name)
	return known && b.Name == name
}

// isDeploymentRegion reports whether a location is called so by policies, or
// with ignoreCase so but for the case.
func (c *compiler) isDeploymentRegion(display string, ignoreCase bool) bool {
	for _, region := range c.out.Regions {
		if name := DeploymentRegion(region.Display); name == display || ignoreCase && lower(name) == lower(display) {
			return true
		}
	}
	return false
}

// fragments takes those of the document.
func (r *policyReader) fragments() {
	first := map[string]int{}
	for i, d := range r.doc.Fragments {
		p := top("fragments").item(i)
		if d.Name == "" {
			continue
		}
		if other, twice := first[lower(d.Name)]; twice {
			r.r.fail(p.key("name"), "%s is fragments[%d] already: want each name once", quote(d.Name), other)
			continue
		}
		first[lower(d.Name)] = i
		if f := r.bundle.file(d.File); f != nil {
			r.options.Fragments[d.Name] = policy.Document{Name: f.Name, Text: f.Data}
		}
	}
}

// tree returns the compiled document of a scope; nil where there is none.
func (r *policyReader) tree(d *PoliciesDocument, scope policy.Scope) *policy.Tree {
	if d == nil {
		return nil
	}
	key := treeKey{d.File, scope}
	if tree, done := r.trees[key]; done {
		return tree
	}
	f := r.bundle.file(d.File)
	if f == nil {
		return nil
	}
	tree, problems := policy.Read(policy.Document{Name: f.Name, Text: f.Data}, scope, r.options)
	for _, problem := range problems {
		r.report(problem)
	}
	r.trees[key] = tree
	return tree
}

// report passes a problem of a policy document on, once.
func (r *policyReader) report(p policy.Problem) {
	if r.seen[p] {
		return
	}
	r.seen[p] = true
	if r.sources[p.File] == nil {
		r.sources[p.File] = &source{name: filepath.Join(filepath.Dir(r.r.src.name), filepath.FromSlash(p.File))}
		if f := r.bundle.file(p.File); f != nil {
			r.sources[p.File].data = f.Data
		}
	}
	src := r.sources[p.File]
	r.r.addProblem(Problem{
		File: src.name, Line: p.Line, Column: p.Column, Path: p.Path, Message: p.Message, Warning: p.Warning, Source: src.line(p.Line),
	})
}
