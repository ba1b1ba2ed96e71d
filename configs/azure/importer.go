package azure

import (
	"strings"
)

// importer makes elements of a service document from resources.
type importer struct {
	notes
	given  map[string]any // parameters of templates, by name in lower case
	budget budget
	nested int
	count  int // resources

	service  string // name of the API Management service, if any is known
	elements map[section][]*element
	apis     map[string]*element // by name in lower case
	profiles map[string]*element // by resource name in lower case
	late     []*resource         // what belongs to others: read when those are there
	failed   bool                // the resource at hand cannot be imported
	taken    map[string]*element // names in their lists, and files
	unused   []File              // policies that were taken out
}

// section is a list of the service document.
type section string

// The sections, as keys of the service document.
const (
	backends    section = "backends"
	namedValues section = "namedValues"
	fragments   section = "fragments"
	locations   section = "locations"
	policies    section = "policies"
	apis        section = "apis"
	profiles    section = "profiles"
)

// element is an entry of a list of the service document.
type element struct {
	at    node
	name  string
	body  table
	parts []*element // operations of an API, endpoints of a profile
	file  *File      // its policies, or the fragment
	why   string     // it is refused; empty: it is in the document

	unguarded bool // its policies are refused

	nested []string // of an endpoint: what its profile may be called; nil: it is not nested
}

// Import makes a service document of foreign documents. What cannot be in it is
// told in the result; it is empty where nothing is left.
func Import(sources []Source, o Options) *Result {
	im := &importer{
		given: map[string]any{}, budget: budget{maxSteps, maxOctets},
		elements: map[section][]*element{}, apis: map[string]*element{}, profiles: map[string]*element{}, taken: map[string]*element{},
	}
	var roots []node
	for _, s := range sources {
		v, err := parse(s.Data)
		n := node{v: v, file: s.Name}
		if err != nil {
			im.refuse(n, "%v", err)
			continue
		}
		if isParameters(n) {
			parametersOf(n, im.given)
		}
		roots = append(roots, n)
	}
	for _, root := range roots {
		im.document(root)
	}
	im.belated()
	im.nestedProfiles()
	return im.settle(o)
}

// resource imports one resource.
func (im *importer) resource(r *resource) {
	if im.count++; im.count > maxResources {
		if im.count == maxResources+1 {
			im.refuse(r.node, "more than %d resources: want at most that in all files together", maxResources)
		}
		return
	}
	if holed(r.kind) || r.kind == "" {
		im.refuse(r.get("type"), "the type is not known: %s", whyHole(r.kind))
		return
	}
	if strings.HasPrefix(r.kind, "microsoft.apimanagement/service/") && len(r.names) > 0 {
		im.called(r.names[0])
	}
	if read := im.reader(r.kind); read != nil && !im.hole1(r.get("properties")) {
		im.failed = false
		read(r)
	} else if read == nil {
		im.other(r)
	}
}

// called takes the name of the API Management service, if it is the first.
func (im *importer) called(name string) {
	if im.service == "" && !holed(name) {
		im.service = name
	}
}

// reader returns what imports resources of a type; nil where nothing does.
func (im *importer) reader(kind string) func(*resource) {
	switch kind {
	case "microsoft.apimanagement/service":
		return im.regions
	case "microsoft.apimanagement/service/backends":
		return im.backend
	case "microsoft.apimanagement/service/namedvalues", "microsoft.apimanagement/service/properties":
		return im.namedValue
	case "microsoft.apimanagement/service/policyfragments":
		return im.fragment
	case "microsoft.apimanagement/service/policies":
		return im.globalPolicy
	case "microsoft.apimanagement/service/apis":
		return im.api
	case "microsoft.network/trafficmanagerprofiles":
		return im.profile
	case "microsoft.apimanagement/service/apis/policies", "microsoft.apimanagement/service/apis/operations",
		"microsoft.apimanagement/service/apis/operations/policies",
		"microsoft.network/trafficmanagerprofiles/azureendpoints", "microsoft.network/trafficmanagerprofiles/externalendpoints",
		"microsoft.network/trafficmanagerprofiles/nestedendpoints":
		return func(r *resource) { im.late = append(im.late, r) }
	}
	return nil
}

// other tells of a resource that is not imported.
func (im *importer) other(r *resource) {
	switch {
	case strings.HasSuffix(r.kind, "/products/policies"):
		im.ignore(r.node, "policies of a product: products are not supported in this version")
	case strings.HasPrefix(r.kind, "microsoft.apimanagement/service/workspaces/"):
		im.refuse(r.node, "%s: workspaces are not supported", r.kind)
	default:
		im.ignore(r.node, "%s is not imported", printable(r.kind))
	}
}

// printable returns text without control characters, cut where it is long.
func printable(text string) string {
	const most = 120
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, text)
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// belated reads what belongs to other resources: operations before their
// policies.
func (im *importer) belated() {
	for _, policies := range []bool{false, true} {
		for _, r := range im.late {
			im.failed = false
			switch isPolicy := strings.HasSuffix(r.kind, "/policies"); {
			case isPolicy != policies:
			case isPolicy:
				im.policyOf(r)
			case strings.HasSuffix(r.kind, "/operations"):
				im.operation(r)
			default:
				im.endpointOf(r)
			}
		}
	}
}

// add puts an element into its list, unless another one has its name.
func (im *importer) add(to section, e *element) bool {
	if !im.free(string(to), e) {
		return false
	}
	im.elements[to] = append(im.elements[to], e)
	return true
}

// free takes the name of an element in a list; it is refused where another one
// has it.
func (im *importer) free(list string, e *element) bool {
	key := list + "/" + strings.ToLower(e.name)
	if other := im.taken[key]; other != nil {
		im.refuse(e.at, "%q is there already, from %s: %s", printable(e.name), other.at.file, other.at.path)
		return false
	}
	im.taken[key] = e
	return true
}

// known returns a name that has no holes; what is refused otherwise is told.
func (im *importer) known(r *resource, what string) (string, bool) {
	name := r.name()
	switch {
	case holed(name):
		im.refuse(r.get("name"), "the name of the %s is not known: %s", what, whyHole(name))
	case name == "":
		im.refuse(r.node, "a %s without a name", what)
	default:
		return name, true
	}
	return "", false
}
