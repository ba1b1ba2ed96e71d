package azure

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// placeholder is the zone where none is given.
const placeholder = "gtm.example.com"

// maxRounds is how often the result is checked: each time what is wrong goes.
const maxRounds = 100

// settle makes the service document and takes out what Check refuses, until
// nothing is wrong with the rest.
func (im *importer) settle(o Options) *Result {
	d := &draft{importer: im, options: o}
	d.name()
	for range maxRounds {
		d.cascade()
		document, files := d.document()
		problems := o.Check(document, files)
		if len(problems) == 0 {
			return d.result(document, files)
		}
		if !d.takeOut(problems) {
			for _, p := range problems {
				im.refuse(node{file: "the whole"}, "%s: %s", cmp.Or(p.File, p.Path), p.Message)
			}
			break
		}
	}
	return d.result(nil, nil)
}

// draft is a service document on its way.
type draft struct {
	*importer
	options Options
	live    map[section][]*element // what is in the document, in its order
	parts   map[*element][]*element
}

// name settles the name of the service.
func (d *draft) name() {
	name := cmp.Or(d.options.Name, d.service, "imported")
	name = strings.Trim(regexp.MustCompile(`[^a-z0-9-]+`).ReplaceAllString(strings.ToLower(name), "-"), "-")
	d.options.Name = cmp.Or(strings.Trim(name[:min(len(name), 63)], "-"), "imported")
	d.options.Zone = cmp.Or(d.options.Zone, placeholder)
}

// placeholders tells of what nobody has said.
func (d *draft) placeholders() {
	at := node{file: "service.yaml"}
	if d.options.Zone == placeholder {
		d.change(at, "zone %s is a placeholder: want the zone delegated to the service", placeholder)
	}
	d.change(at, "nameServers are placeholders: want the name servers of the zone with their addresses")
}

// cascade refuses what cannot be without something that is refused.
func (d *draft) cascade() {
	if !d.options.WithoutPolicies {
		d.unguarded()
	}
	for _, e := range slices.Concat(d.elements[apis], d.elements[profiles]) {
		left := slices.ContainsFunc(e.parts, func(part *element) bool { return part.why == "" })
		if len(e.parts) > 0 && !left {
			d.drop(e, "all that is in it is refused")
		}
	}
}

// unguarded refuses the APIs and operations whose policies are refused.
func (d *draft) unguarded() {
	global := slices.ContainsFunc(d.elements[policies], func(e *element) bool { return e.why != "" })
	for _, e := range d.elements[apis] {
		if global {
			d.drop(e, "the policies of every API are refused")
		}
		for _, one := range append([]*element{e}, e.parts...) {
			if one.unguarded {
				d.drop(one, "its policies are refused")
			}
		}
	}
}

// drop takes an element out and tells why.
func (d *draft) drop(e *element, why string) {
	if e.why != "" {
		return
	}
	e.why = why
	d.refuse(e.at, "%s: %s", cmp.Or(e.name, "it"), why)
}

// document returns the service document of what is left, as JSON, and its files.
func (d *draft) document() ([]byte, []File) {
	d.live, d.parts = map[section][]*element{}, map[*element][]*element{}
	var files []File
	doc := table{{"name", d.options.Name}, {"zone", d.options.Zone}, {"nameServers", []any{
		table{{"name", "ns1." + d.options.Zone}, {"addresses", []any{"192.0.2.1"}}},
		table{{"name", "ns2." + d.options.Zone}, {"addresses", []any{"198.51.100.1"}}},
	}}}
	for _, to := range []section{locations, backends, namedValues, fragments, policies, apis, profiles} {
		var list []any
		for _, e := range d.elements[to] {
			if e.why == "" {
				d.live[to] = append(d.live[to], e)
				list = append(list, d.body(to, e, &files))
			}
		}
		switch {
		case to == policies && len(list) > 0:
			doc.set(string(to), list[0])
		case len(list) > 0:
			doc.set(string(to), list)
		}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(doc) != nil {
		return nil, nil
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return b.Bytes(), files
}

// body returns an element as it stands in the document.
func (d *draft) body(to section, e *element, files *[]File) table {
	out := e.body
	if e.file != nil {
		*files = append(*files, *e.file)
		switch to {
		case policies:
			out = table{{"file", e.file.Name}}
		case apis, profiles:
			out = append(slices.Clip(out), member{"policies", table{{"file", e.file.Name}}})
		}
	}
	var list []any
	for _, part := range e.parts {
		if part.why == "" {
			d.parts[e] = append(d.parts[e], part)
			list = append(list, d.body(apis, part, files))
		}
	}
	if len(list) > 0 {
		key := map[section]string{apis: "operations", profiles: "endpoints"}[to]
		out = append(slices.Clip(out), member{key, list})
	}
	return out
}

// takeOut refuses what problems are about; it reports whether there was
// anything.
func (d *draft) takeOut(problems []Problem) bool {
	progress := false
	for _, p := range problems {
		for _, e := range d.about(p) {
			if e.why != "" {
				continue
			}
			progress = true
			if d.options.WithoutPolicies && p.File != "" && e.file != nil && d.keeps(e) {
				d.refuse(e.at, "policies of %s: %s: %s; imported without them", e.name, p.File, p.Message)
				d.unused = append(d.unused, *e.file)
				e.file = nil
				continue
			}
			d.drop(e, cmp.Or(p.File, p.Path)+": "+p.Message)
		}
	}
	return progress
}

// keeps reports whether an element is something without its policies.
func (d *draft) keeps(e *element) bool { return e.body.get("file") == nil && len(e.body) > 0 }

// about returns the elements a problem is about.
func (d *draft) about(p Problem) []*element {
	if p.File != "" {
		return d.withFile(p.File)
	}
	match := regexp.MustCompile(`^(\w+)(?:\[(\d+)\])?(?:\.(?:operations|endpoints)\[(\d+)\])?`).FindStringSubmatch(p.Path)
	if match == nil {
		return nil
	}
	e := entry(d.live[section(match[1])], cmp.Or(match[2], "0"))
	if e == nil {
		return nil
	}
	if part := entry(d.parts[e], match[3]); part != nil && match[3] != "" {
		return []*element{part}
	}
	return []*element{e}
}

// withFile returns the elements whose file it is.
func (d *draft) withFile(name string) []*element {
	var out []*element
	for _, list := range d.live {
		for _, e := range list {
			for _, one := range append([]*element{e}, d.parts[e]...) {
				if one.file != nil && one.file.Name == name {
					out = append(out, one)
				}
			}
		}
	}
	return out
}

// entry returns the element at an index that a path has.
func entry(list []*element, index string) *element {
	i, err := strconv.Atoi(index)
	if err != nil || i >= len(list) {
		return nil
	}
	return list[i]
}

// result returns what was imported.
func (d *draft) result(document []byte, files []File) *Result {
	if len(d.live[locations])+len(d.live[backends])+len(d.live[apis])+len(d.live[profiles]) == 0 {
		document, files = nil, nil
	} else if document != nil {
		d.placeholders()
	}
	out := &Result{
		Document: document, Files: files, Changed: byFile(d.changed), Ignored: byFile(d.ignored), Refused: byFile(d.refused), Unused: d.unused,
		Locations: len(d.live[locations]), Backends: len(d.live[backends]), APIs: len(d.live[apis]), Profiles: len(d.live[profiles]),
	}
	for _, e := range d.live[apis] {
		out.Operations += len(d.parts[e])
	}
	for _, list := range d.elements {
		for _, e := range list {
			for _, one := range append([]*element{e}, e.parts...) {
				if one.file != nil && (one.why != "" || e.why != "") {
					out.Unused = append(out.Unused, *one.file)
				}
			}
		}
	}
	slices.SortFunc(out.Unused, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
