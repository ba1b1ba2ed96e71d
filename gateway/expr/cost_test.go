package expr

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestCost: what takes long is refused by the steps that it takes, however few
// elements the expression has; what a policy does with a large body once passes.
func TestCost(t *testing.T) {
	const big = `var s = new string('a', 1000000); var n = 0; `
	loop := func(body string) string { return big + `for (var i = 0; i < 50; i++) { ` + body + ` } return n;` }
	run := func(src string, steps int) error {
		t.Helper()
		p, problems := Compile(src, true, Options{MaxSteps: steps})
		if p == nil {
			t.Fatalf("%s: %v", src, problems)
		}
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{Scheme: "http", Host: "x", RawQuery: strings.Repeat("a=1&", 2000)}, Header: http.Header{}}
		r.Body = io.NopCloser(strings.NewReader(`{"a":"` + strings.Repeat("x", 3_900_000) + `"}`))
		_, err := p.Eval(&Context{Request: &Request{HTTP: r}})
		return err
	}
	for name, src := range map[string]string{
		"length":     loop(`n += s.Length;`),
		"character":  loop(`if (s[999999] == 'b') { n++; }`),
		"comparison": loop(`if (s == "a" + "b") { n++; }`),
		"contains":   loop(`if (s.Contains("b")) { n++; }`),
		"trim":       loop(`n += s.Trim('a').Length;`),
		"substring":  loop(`n += s.Substring(999999).Length;`),
		"each":       `var n = 0; foreach (var c in new string('a', 4000000)) { n++; } return n;`,
		"query":      `var n = 0; for (var i = 0; i < 500; i++) { n += context.Request.Url.Query.Count; } return n;`,
		"regex":      loop(`if (Regex.IsMatch(s, "(a|aa)*b")) { n++; }`),
		"repeated":   `var s = new string('a', 20000); var n = 0; for (var i = 0; i < 5; i++) { if (Regex.IsMatch(s, "((a{1,10}){1,10}){1,10}b")) { n++; } } return n;`,
		"compiled":   `var n = 0; for (var i = 0; i < 200; i++) { if (Regex.IsMatch("a", "((a{1,10}){1,10}){1,10}b")) { n++; } } return n;`,
		"matches":    `return Regex.Replace(new string('a', 1000000), "", "");`,
		"references": `return Regex.Replace(new string('a', 1000000), ".*", "$0$0$0$0$0$0$0$0").Length;`,
	} {
		var failure *Error
		if err := run(src, 5000); !errors.As(err, &failure) || failure.Kind != Limit {
			t.Errorf("%s: got %v, want the limit", name, err)
		}
	}
	for name, src := range map[string]string{
		"body":     `return context.Request.Body.As<string>(true).Replace("y", "z").Length;`,
		"json":     `return (string)context.Request.Body.As<JObject>(true)["b"] == null;`,
		"regex":    `return Regex.IsMatch(new string('a', 100000), "^[a-z0-9._-]+@[a-z0-9-]+\\.(com|net|org)$");`,
		"replaced": `return Regex.Replace(new string('a', 20000), "a(b|c)?", "$1x").Length;`,
		"each":     `var n = 0; foreach (var c in new string('a', 30000)) { n++; } return n;`,
	} {
		if err := run(src, 0); err != nil {
			t.Errorf("%s: got %v, want a result", name, err)
		}
	}
}
