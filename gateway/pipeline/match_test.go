package pipeline

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// catalogue is the APIs of most tests here.
func catalogue() []API {
	return []API{
		{Name: "shop", Path: "/shop", Operations: []Operation{
			{Name: "list", Method: "GET", URLTemplate: "/orders"},
			{Name: "create", Method: "POST", URLTemplate: "/orders"},
			{Name: "search", Method: "GET", URLTemplate: "/orders?q={query}"},
			{Name: "open", Method: "GET", URLTemplate: "/orders?state=open"},
			{Name: "one", Method: "GET", URLTemplate: "/orders/{id}"},
			{Name: "latest", Method: "GET", URLTemplate: "/orders/latest"},
			{Name: "lines", Method: "GET", URLTemplate: "/orders/{order}/lines/{line}"},
			{Name: "picture", Method: "GET", URLTemplate: "/pictures/{name}.{ext}"},
			{Name: "odata", Method: "GET", URLTemplate: "/Airlines('{code}')"},
			{Name: "files", Method: "*", URLTemplate: "/files/*"},
			{Name: "tree", Method: "GET", URLTemplate: "/tree/{*path}"},
			{Name: "purge", Method: "DELETE", URLTemplate: "/*"},
		}},
		{Name: "shop-v2", Path: "/shop/v2"},
		{Name: "bytes", Path: "/shopping"},
		{Name: "blog", Path: "/", Hosts: []string{"blog.example.com"}},
		{Name: "tenants", Path: "", Hosts: []string{"*.tenants.example.com"}},
		{Name: "vip", Path: "", Hosts: []string{"vip.tenants.example.com"}},
		{Name: "nested", Path: "", Hosts: []string{"*.eu.tenants.example.com"}},
	}
}

// claimed says what claims a request, as API/operation with the values of the
// parameters and the rest of the path.
func claimed(t testing.TB, apis []API, method, url string) string {
	t.Helper()
	table, err := newTable(apis)
	if err != nil {
		t.Fatal(err)
	}
	g := &generation{table: table}
	var m match
	if !g.find(&m, httptest.NewRequest(method, url, nil)) {
		if m.api != nil {
			return m.api.about.Name + "/-"
		}
		return "-"
	}
	out := m.api.about.Name
	if m.op != nil {
		out += "/" + m.op.name
		for _, name := range m.op.template.params {
			out += fmt.Sprintf(" %s=%s", name, m.matched()[name])
		}
	}
	return out + " " + m.path.text[m.rest:]
}

func TestMatch(t *testing.T) {
	for _, test := range []struct{ method, url, want string }{
		{"GET", "/shop/orders", "shop/list /orders"},
		{"GET", "/shop/orders/", "shop/list /orders/"},
		{"HEAD", "/shop/orders", "shop/list /orders"},
		{"POST", "/shop/orders", "shop/create /orders"},
		{"OPTIONS", "/shop/orders", "shop/-"},
		{"PUT", "/shop/orders", "shop/-"},
		{"GET", "/SHOP/Orders", "shop/list /Orders"},
		{"GET", "/shop/orders?q=shoes", "shop/search query=shoes /orders"},
		{"GET", "/shop/orders?q=", "shop/search query= /orders"},
		{"GET", "/shop/orders?state=open", "shop/open /orders"},
		{"GET", "/shop/orders?state=closed", "shop/list /orders"},
		{"GET", "/shop/orders?q=a&state=open", "shop/open /orders"},
		{"GET", "/shop/orders/17", "shop/one id=17 /orders/17"},
		{"GET", "/shop/orders/latest", "shop/latest /orders/latest"},
		{"GET", "/shop/orders/LATEST", "shop/latest /orders/LATEST"},
		{"GET", "/shop/orders/a%2Fb", "shop/one id=a/b /orders/a%2Fb"},
		{"GET", "/shop/orders/17/lines/3", "shop/lines order=17 line=3 /orders/17/lines/3"},
		{"GET", "/shop/orders/latest/lines/3", "shop/lines order=latest line=3 /orders/latest/lines/3"},
		{"GET", "/shop/orders/17/lines", "shop/-"},
		{"DELETE", "/shop/orders/17/lines", "shop/purge /orders/17/lines"},
		{"DELETE", "/shop", "shop/purge "},
		{"GET", "/shop/pictures/cat.PNG", "shop/picture name=cat ext=PNG /pictures/cat.PNG"},
		{"GET", "/shop/pictures/a.b.c", "shop/picture name=a ext=b.c /pictures/a.b.c"},
		{"GET", "/shop/pictures/.png", "shop/-"},
		{"GET", "/shop/airlines('LH')", "shop/odata code=LH /airlines('LH')"},
		{"PATCH", "/shop/files", "shop/files /files"},
		{"PATCH", "/shop/files/a//b", "shop/files /files/a//b"},
		{"GET", "/shop/tree/a/b%20c", "shop/tree path=a/b c /tree/a/b c"},
		{"GET", "/shop/tree", "shop/tree path= /tree"},
		{"GET", "/shop/tree//a//b", "shop/tree path=/a//b /tree//a//b"},
		{"GET", "//shop/orders", "shop/list /orders"},
		{"GET", "/shop//orders///latest//", "shop/latest //orders///latest//"},
		{"GET", "/shop//v2//orders", "shop-v2 //orders"},
		{"GET", "/shop/v2/orders", "shop-v2 /orders"},
		{"GET", "/shop/v2", "shop-v2 "},
		{"GET", "/shop/V2/", "shop-v2 /"},
		{"GET", "/shop/v20", "shop/-"},
		{"GET", "/shopping", "bytes "},
		{"GET", "/shoppin", "-"},
		{"GET", "/", "-"},
		{"GET", "http://blog.example.com/shop/orders", "blog /shop/orders"},
		{"GET", "http://BLOG.example.com.:8080/", "blog /"},
		{"GET", "http://a.tenants.example.com/x", "tenants /x"},
		{"GET", "http://a.b.tenants.example.com/x", "tenants /x"},
		{"GET", "http://vip.tenants.example.com/x", "vip /x"},
		{"GET", "http://a.eu.tenants.example.com/x", "nested /x"},
		{"GET", "http://tenants.example.com/shop/v2", "shop-v2 "},
		{"GET", "http://[2001:db8::1]:80/shop/v2", "shop-v2 "},
	} {
		if got := claimed(t, catalogue(), test.method, test.url); got != test.want {
			t.Errorf("%s %s: got %q, want %q", test.method, test.url, got, test.want)
		}
	}
}

// TestMatchAllocates: what has no parameters is found without an allocation,
// whatever its case.
func TestMatchAllocates(t *testing.T) {
	table, err := newTable(catalogue())
	if err != nil {
		t.Fatal(err)
	}
	g := &generation{table: table}
	for _, url := range []string{"/shop/orders", "/Shop/Orders/Latest", "/shop/v2/x/y", "http://a.tenants.example.com:80/"} {
		r := httptest.NewRequest(http.MethodGet, url, nil)
		var m match
		if n := testing.AllocsPerRun(100, func() {
			if !g.find(&m, r) {
				t.Fatalf("%s: nothing claims it", url)
			}
		}); n != 0 {
			t.Errorf("%s: got %v allocations, want none", url, n)
		}
	}
}

func TestRefusedTables(t *testing.T) {
	op := func(method, template string) API {
		return API{Name: "a", Path: "/a", Operations: []Operation{{Name: "x", Method: method, URLTemplate: template}}}
	}
	two := func(a, b string) []API {
		return []API{{Name: "a", Operations: []Operation{{Name: "x", Method: "GET", URLTemplate: a}, {Name: "y", Method: "GET", URLTemplate: b}}}}
	}
	for name, test := range map[string]struct {
		apis []API
		want string
	}{
		"one path twice":        {[]API{{Name: "a", Path: "/x"}, {Name: "b", Path: "X/"}}, `path "X/" is that of API "a" too`},
		"empty segment":         {[]API{{Name: "a", Path: "/x//y"}}, "none empty"},
		"star inside":           {[]API{op("GET", "/*/x")}, "want it last"},
		"star in a segment":     {[]API{op("GET", "/a*")}, "literals and {parameters}"},
		"open brace":            {[]API{op("GET", "/{id")}, "want {name}"},
		"close brace":           {[]API{op("GET", "/id}")}, "literals and {parameters}"},
		"nameless":              {[]API{op("GET", "/{}")}, "want {name}"},
		"side by side":          {[]API{op("GET", "/{a}{b}")}, "without a text between"},
		"parameter twice":       {[]API{op("GET", "/{a}/{a}")}, "want each once"},
		"too many parameters":   {[]API{op("GET", manyParams(17))}, "at most 16"},
		"too long":              {[]API{op("GET", "/"+strings.Repeat("x", 1000))}, "at most 1000"},
		"too deep":              {[]API{op("GET", strings.Repeat("/x", 65))}, "at most 64"},
		"query":                 {[]API{op("GET", "/x?a={b")}, "want name=value or name={parameter}"},
		"same operation":        {two("/a/{b}", "/A/{c}/"), `operations "x" and "y" match the same requests`},
		"same with a query":     {two("/a?x=1", "/a?x=1"), "match the same requests"},
		"same rest, whatever n": {two("/a/*", "/a/{*rest}"), "match the same requests"},
	} {
		err := Check(Config{APIs: test.apis})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func manyParams(n int) string {
	out := ""
	for i := range n {
		out += fmt.Sprintf("/{p%d}", i)
	}
	return out
}

// TestMatchTwin: the trie finds what a slow, obvious search finds.
func TestMatchTwin(t *testing.T) {
	segment := rapid.SampledFrom([]string{"a", "B", "{x}", "a{x}", "{x}b", "a{x}b"})
	text := rapid.SampledFrom([]string{"a", "b", "ab", "aXb", "q"})
	rapid.Check(t, func(t *rapid.T) {
		var ops []Operation
		seen := map[string]bool{}
		for i := range rapid.IntRange(1, 8).Draw(t, "operations") {
			parts := rapid.SliceOfN(segment, 0, 3).Draw(t, "template")
			path := ""
			for j, p := range parts {
				path += "/" + strings.ReplaceAll(p, "{x}", fmt.Sprintf("{x%d}", j))
			}
			if rapid.Bool().Draw(t, "rest") {
				path += "/*"
			}
			parsed, err := parseTemplate(path)
			if err != nil {
				t.Fatal(err)
			}
			if !seen[parsed.key()] {
				seen[parsed.key()] = true
				ops = append(ops, Operation{Name: fmt.Sprint(i), Method: "GET", URLTemplate: path})
			}
		}
		path := "/" + strings.Join(rapid.SliceOfN(text, 0, 4).Draw(t, "path"), "/")
		want := twin(ops, path)
		got := claimedBy(t, ops, path)
		if got != want {
			t.Errorf("%s among %v: got operation %q, want %q", path, ops, got, want)
		}
	})
}

func claimedBy(t *rapid.T, ops []Operation, path string) string {
	table, err := newTable([]API{{Name: "api", Operations: ops}})
	if err != nil {
		t.Fatal(err)
	}
	var m match
	if !(&generation{table: table}).find(&m, httptest.NewRequest("GET", path, nil)) {
		return "-"
	}
	return m.op.name
}

// twin finds the operation by comparing the ranks of all that match: segment by
// segment, a literal comes before a mixture, that before a parameter, that
// before any rest. Of mixtures that say as much the one that was there first comes
// first.
func twin(ops []Operation, path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if parts[0] == "" {
		parts = nil
	}
	best, name := "", "-"
	first := map[string]int{} // operation by the beginning of its template
	for i, o := range ops {
		rank, ok := twinRank(strings.Split(strings.Trim(o.URLTemplate, "/"), "/"), parts, func(front []string) int {
			key := strings.ToLower(strings.Join(front, "/"))
			if _, there := first[key]; !there {
				first[key] = i
			}
			return first[key]
		})
		if ok && (name == "-" || rank < best) {
			best, name = rank, o.Name
		}
	}
	return name
}

// twinRank is the rank of a match, the smaller the more specific.
func twinRank(template, parts []string, age func(front []string) int) (rank string, ok bool) {
	if len(template) == 1 && template[0] == "" {
		template = nil
	}
	for i := range template { // all of them count, whether this one matches or not
		age(template[:i+1])
	}
	for i, want := range template {
		if want == "*" {
			return rank + "9", true
		}
		if i >= len(parts) {
			return "", false
		}
		before, rest, param := strings.Cut(strings.ToLower(want), "{")
		_, after, _ := strings.Cut(rest, "}")
		got := strings.ToLower(parts[i])
		switch {
		case !param && got == before:
			rank += "0"
		case !param || !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) || len(got) <= len(before)+len(after):
			return "", false
		default:
			rank += fmt.Sprint(5-len(before)-len(after), age(template[:i+1])) // more literal bytes first
		}
	}
	return rank, len(template) == len(parts)
}
