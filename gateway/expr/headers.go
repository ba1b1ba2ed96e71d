package expr

import (
	"net/http"
	"net/url"
	"sort"
	"strings"
)

// fieldsOf returns the values of a header, or of a query parameter, whose name
// has any case.
func fieldsOf(v value, name string) ([]string, bool) {
	switch fields := v.o.(type) {
	case http.Header:
		if got, ok := fields[http.CanonicalHeaderKey(name)]; ok {
			return got, true
		}
		return folded(fields, name)
	case url.Values:
		if got, ok := fields[name]; ok {
			return got, true
		}
		return folded(fields, name)
	}
	return nil, false
}

func folded(fields map[string][]string, name string) ([]string, bool) {
	for key, got := range fields {
		if strings.EqualFold(key, name) {
			return got, true
		}
	}
	return nil, false
}

func headerAt(_ *frame, x, i value) (value, error) {
	if i.k == kNull {
		return null(), nullArgument("key")
	}
	got, ok := fieldsOf(x, i.s)
	if !ok {
		return null(), keyError()
	}
	return stringsOf(got), nil
}

func headersMethods() []method {
	joined := func(f *frame, a []value) (value, error) {
		got, ok := fieldsOf(a[0], a[1].s)
		switch {
		case !ok && len(a) > 2:
			return a[2], nil
		case !ok:
			return null(), nil
		case len(got) == 1:
			return str(got[0]), nil
		}
		return f.made(strings.Join(got, ","))
	}
	return []method{
		{"GetValueOrDefault(string headerName|queryParameterName|key) string", joined},
		{"GetValueOrDefault(string headerName|queryParameterName|key, string defaultValue) string", joined},
		{"ContainsKey(string key) bool", func(_ *frame, a []value) (value, error) {
			_, ok := fieldsOf(a[0], a[1].s)
			return boolean(ok), nil
		}},
		{"TryGetValue(string key) string[]", func(f *frame, a []value) (value, error) { return headerAt(f, a[0], a[1]) }},
	}
}

func headersProperties() []property {
	return []property{
		{"Count int", func(f *frame, v value) (value, error) { return integer(int32(len(contextPairs(v)))), nil }},
		{"Keys IEnumerable<string>", keysOf},
	}
}

func keysOf(_ *frame, v value) (value, error) {
	pairs := contextPairs(v)
	out := make([]value, len(pairs))
	for i, p := range pairs {
		out[i] = p.o.(*pair).key
	}
	return object(kSeq, &list{out}), nil
}

// contextPairs are the entries of Headers, Query, MatchedParameters and
// Variables, sorted by name.
func contextPairs(v value) []value {
	var out []value
	add := func(name string, val value) { out = append(out, object(kPair, &pair{str(name), val})) }
	switch o := v.o.(type) {
	case http.Header:
		for name, values := range o {
			add(name, stringsOf(values))
		}
	case url.Values:
		for name, values := range o {
			add(name, stringsOf(values))
		}
	case map[string]string:
		for name, s := range o {
			add(name, str(s))
		}
	case *Context:
		for name, val := range o.Variables {
			add(name, internal(val))
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].o.(*pair).key.s < out[j].o.(*pair).key.s })
	return out
}
