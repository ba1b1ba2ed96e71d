package expr

import (
	"net/http"
	"net/url"
	"sort"
	"strings"
)

func requestProperties() []property {
	return []property{
		textRow("Method", func(r *Request) string { return methodOf(r.HTTP) }),
		textRow("IpAddress", func(r *Request) string {
			if !r.Client.IsValid() {
				return ""
			}
			return r.Client.Unmap().String()
		}),
		{"Headers IReadOnlyDictionary<string,string[]>", func(_ *frame, v value) (value, error) { return object(kHeaders, v.o.(*Request).HTTP.Header), nil }},
		{"Body IMessageBody", func(_ *frame, v value) (value, error) {
			r := v.o.(*Request)
			empty := !r.content.known && (r.HTTP.Body == nil || r.HTTP.Body == http.NoBody) || r.content.known && len(r.content.kept) == 0
			return objectOrNull(kBody, r, empty), nil
		}},
		{"MatchedParameters IReadOnlyDictionary<string,string>", func(_ *frame, v value) (value, error) { return object(kMatched, v.o.(*Request).Matched), nil }},
		{"Url IUrl", func(_ *frame, v value) (value, error) { return object(kURL, currentURL(v.o.(*Request).HTTP)), nil }},
		{"OriginalUrl IUrl", func(_ *frame, v value) (value, error) {
			r := v.o.(*Request)
			if r.Original != nil {
				return object(kURL, r.Original), nil
			}
			return object(kURL, currentURL(r.HTTP)), nil
		}},
		{"Certificate X509Certificate2", certificateOf},
	}
}

func methodOf(r *http.Request) string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

// currentURL is the request's URL with the scheme and host it has now.
func currentURL(r *http.Request) *url.URL {
	if r.URL == nil {
		return &url.URL{Scheme: "http", Host: r.Host}
	}
	if r.URL.Host != "" && r.URL.Scheme != "" {
		return r.URL
	}
	u := *r.URL
	if u.Host == "" {
		u.Host = r.Host
	}
	if u.Scheme == "" {
		u.Scheme = "http"
		if r.TLS != nil {
			u.Scheme = "https"
		}
	}
	return &u
}

func responseProperties() []property {
	return []property{
		{"StatusCode int", func(_ *frame, v value) (value, error) { return integer(int32(v.o.(*Response).HTTP.StatusCode)), nil }},
		textRow("StatusReason", (*Response).reason),
		{"Headers IReadOnlyDictionary<string,string[]>", func(_ *frame, v value) (value, error) { return object(kHeaders, v.o.(*Response).HTTP.Header), nil }},
		{"Body IMessageBody", func(_ *frame, v value) (value, error) { return object(kBody, v.o), nil }},
	}
}

func (r *Response) reason() string {
	if r.Reason != "" {
		return r.Reason
	}
	if _, text, ok := strings.Cut(r.HTTP.Status, " "); ok {
		return text
	}
	return http.StatusText(r.HTTP.StatusCode)
}

func urlProperties() []property {
	return []property{
		textRow("Scheme", func(u *url.URL) string { return u.Scheme }),
		textRow("Host", func(u *url.URL) string { return u.Hostname() }),
		textRow("Path", urlPath),
		textRow("QueryString", queryOf),
		{"Port int", func(_ *frame, v value) (value, error) { return integer(portOf(v.o.(*url.URL))), nil }},
		{"Query IReadOnlyDictionary<string,string[]>", func(_ *frame, v value) (value, error) { return object(kHeaders, v.o.(*url.URL).Query()), nil }},
	}
}

func urlPath(u *url.URL) string {
	if p := u.EscapedPath(); p != "" {
		return p
	}
	return "/"
}

func urlText(v value) string {
	u, _ := v.o.(*url.URL)
	return u.Scheme + "://" + authority(u) + urlPath(u) + queryOf(u)
}

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

func matchedAt(_ *frame, x, i value) (value, error) {
	if i.k == kNull {
		return null(), nullArgument("key")
	}
	s, ok := x.o.(map[string]string)[i.s]
	if !ok {
		return null(), keyError()
	}
	return str(s), nil
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

func matchedProperties() []property { return headersProperties() }

func variablesProperties() []property { return headersProperties() }

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

func matchedMethods() []method {
	get := func(_ *frame, a []value) (value, error) {
		s, ok := a[0].o.(map[string]string)[a[1].s]
		if ok {
			return str(s), nil
		}
		if len(a) > 2 {
			return a[2], nil
		}
		return null(), nil
	}
	return []method{
		{"GetValueOrDefault(string key) string", get},
		{"GetValueOrDefault(string key, string defaultValue) string", get},
		{"ContainsKey(string key) bool", func(_ *frame, a []value) (value, error) {
			_, ok := a[0].o.(map[string]string)[a[1].s]
			return boolean(ok), nil
		}},
		{"TryGetValue(string key) string", func(f *frame, a []value) (value, error) { return matchedAt(f, a[0], a[1]) }},
	}
}

func variablesMethods() []method {
	return []method{
		{"GetValueOrDefault(string variableName|key) object", func(f *frame, a []value) (value, error) { return variableOr(a[0], a[1], Any, null()) }},
		{"GetValueOrDefault<T>(string variableName|key) T", func(f *frame, a []value) (value, error) {
			return variableOr(a[0], a[2], a[1].typ(), zero(a[1].typ()))
		}},
		{"GetValueOrDefault<T>(string variableName|key, T defaultValue) T", func(f *frame, a []value) (value, error) { return variableOr(a[0], a[2], a[1].typ(), a[3]) }},
		{"ContainsKey(string key) bool", func(f *frame, a []value) (value, error) {
			_, ok := f.x.Variables[a[1].s]
			return boolean(ok), nil
		}},
		{"TryGetValue(string key) object", func(f *frame, a []value) (value, error) { return variableAt(f, a[0], a[1]) }},
	}
}

// variableOr is GetValueOrDefault<T>: the default only where the variable is
// absent, a cast error where it is of another type.
func variableOr(x, key value, t Type, otherwise value) (value, error) {
	if key.k == kNull {
		return null(), nullArgument("key")
	}
	v, ok := x.o.(*Context).Variables[key.s]
	if !ok {
		return otherwise, nil
	}
	return unbox(internal(v), t)
}

func bodyMethods() []method {
	return []method{
		{"As<T>(bool preserveContent = false) T", bodyAs},
		{"AsFormUrlEncodedContent(bool preserveContent = false) IReadOnlyDictionary<string,string[]>", func(f *frame, a []value) (value, error) {
			data, err := bodyOf(f, a[0], a[1].bool())
			if err != nil {
				return null(), err
			}
			form, _ := url.ParseQuery(string(data)) // what is malformed is left out
			return object(kHeaders, form), nil
		}},
	}
}
