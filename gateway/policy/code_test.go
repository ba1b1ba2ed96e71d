package policy

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// pieces of C# whose brackets close nothing outside of them.
func pieces() *rapid.Generator[string] {
	leaf := rapid.SampledFrom([]string{
		`a`, ` + `, `"x)}"`, `"\""`, `"\\"`, `@"\"`, `@")""}"`, `$"{{)}}"`, `')'`, `'\''`, `'"'`, `'{'`, `'\u0029'`,
		"/* ) } \" */", "// ) } ' \"\n", `a < b && c > d`, `"é)"`, `x?.y ?? z`, `new[] { 1 }`, `context.Variables["a)"]`, `"//"`, `"/*"`, `b ? ')' : '('`,
	})
	return rapid.OneOf(leaf, rapid.Custom(func(t *rapid.T) string {
		inner := strings.Join(rapid.SliceOfN(leaf, 0, 3).Draw(t, "inner"), " ")
		forms := []string{"(%)", "{%}", "[%]"}
		if !strings.Contains(inner, "\n") {
			forms = append(forms, `$"a {%} b)"`, `$@"{%}"`)
		}
		return strings.Replace(rapid.SampledFrom(forms).Draw(t, "form"), "%", inner, 1)
	}))
}

// TestScanCode: an expression made of such pieces ends at its own bracket, as
// typed and escaped, and reads back as it was made.
func TestScanCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := strings.Join(rapid.SliceOf(pieces()).Draw(t, "pieces"), " ")
		open, shut := "@(", ")"
		if rapid.Bool().Draw(t, "block") {
			open, shut = "@{", "}"
		}
		for _, tail := range []string{"", `" b=")}">`, ") }"} {
			c, end, _, ok := scanCode(open+src+shut+tail, 0, '"', false)
			if !ok || end != len(open+src+shut) || c.raw != src || c.block != (open == "@{") {
				t.Fatalf("%s%s%s%s: got %q, %d, %v; want %q", open, src, shut, tail, c.raw, end, ok, src)
			}
			if got := c.source(false).value; got != src {
				t.Fatalf("as typed: got %q; want %q", got, src)
			}
		}
		escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", ">", "&#62;", "'", "&apos;").Replace(src)
		c, end, xml, ok := scanCode(open+escaped+shut+`")}`, 0, '"', false)
		if !ok || end != len(open+escaped+shut) || !xml {
			t.Fatalf("%s: got %d, xml %v, %v; want %d", escaped, end, xml, ok, len(open+escaped+shut))
		}
		for _, asXML := range []bool{true, false} {
			if got := c.source(asXML).value; got != src {
				t.Fatalf("escaped, xml %v: got %q; want %q", asXML, got, src)
			}
		}
		text := c.source(true)
		for i := range text.value {
			if i > 0 && text.value[i] != '\n' && escaped[text.origin(i)] != text.value[i] && escaped[text.origin(i)] != '&' {
				t.Fatalf("origin of %d in %q: got %d", i, text.value, text.origin(i))
			}
		}
	})
}
