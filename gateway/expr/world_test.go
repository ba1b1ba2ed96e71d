package expr

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

// world is a context with something in every place.
func world() *Context {
	req := &http.Request{
		Method: "POST", URL: &url.URL{Path: "/orders/7", RawQuery: "a=1&a=2&B=x%20y"}, Host: "api.example.com",
		Header: http.Header{"Content-Type": {"application/json"}, "X-Many": {"a", "b"}, "Authorization": {"Basic dXNlcjpwYXNz"}},
		Body:   io.NopCloser(strings.NewReader(`{"model":"gpt","n":3,"f":1.5,"list":[1,"two",null],"deep":{"x":true}}`)),
	}
	resp := &http.Response{
		StatusCode: 429, Status: "429 Too Many Requests", Header: http.Header{"Retry-After": {"7"}},
		Body: io.NopCloser(strings.NewReader(`["busy"]`)),
	}
	n := uint64(0)
	return &Context{
		Request: &Request{
			HTTP: req, Client: netip.MustParseAddr("203.0.113.9"), Matched: map[string]string{"id": "7"},
			Original: &url.URL{Scheme: "https", Host: "api.example.com:8443", Path: "/shop/orders/7", RawQuery: "a=1"},
		},
		Response: &Response{HTTP: resp},
		Variables: map[string]Value{
			"text": "abc", "one": "1", "int": int32(42), "long": int64(1) << 40, "flag": true, "nothing": nil, "half": 0.5,
			"answer": &Response{HTTP: &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"access_token":"tok"}`))}},
			"parts":  []string{"x", "y"}, "when": time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC),
		},
		API:        API{ID: "shop", Name: "Shop", Path: "shop", Revision: "2", Version: "v1", ServiceURL: "https://backend.example.com:444/api"},
		Operation:  Operation{ID: "get-order", Name: "Get order", Method: "GET", URLTemplate: "/orders/{id}"},
		Deployment: Deployment{Region: "West US", ServiceName: "contoso", ServiceID: "svc", GatewayID: "gw", InstanceID: "i1"},
		Backend:    Backend{ID: "b1", Type: "Single", Region: "East US"},
		User:       &User{ID: "u1", Email: "u@example.com", Groups: []Group{{"g1", "Admins"}, {"g2", "Users"}}},
		RequestID:  "0f8fad5b-d9cb-469f-a165-70867728950e", Timestamp: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		Now:  func() time.Time { return time.Date(2024, 5, 6, 7, 8, 10, 500_000_000, time.UTC) },
		Draw: func() uint64 { n += 0x9e3779b97f4a7c15; return n },
	}
}

// outcome is what a source comes to: "int 3", "error …" or "problem 1:2: …".
func outcome(src string, block bool, x *Context) string {
	p, problems := Compile(src, block, Options{})
	if len(problems) > 0 {
		return "problem " + problems[0].String()
	}
	v, err := p.Eval(x)
	if err != nil {
		return "error " + err.Error()
	}
	return show(v)
}

func show(v Value) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", v), "expr.")
	switch v.(type) {
	case nil:
		return "null"
	case int32:
		name = "int"
	case int64:
		name = "long"
	case float64:
		name = "double"
	}
	if s, ok := v.([]string); ok {
		return fmt.Sprintf("%q", s)
	}
	return name + " " + ToText(v)
}

// table checks source → outcome; a trailing … allows anything behind it.
func table(t *testing.T, block bool, rows [][2]string) {
	t.Helper()
	for _, row := range rows {
		got := outcome(row[0], block, world())
		want, prefix := strings.CutSuffix(row[1], "…")
		if got != want && !(prefix && strings.HasPrefix(got, want)) {
			t.Errorf("%s\n got %s\nwant %s", row[0], got, row[1])
		}
	}
}
