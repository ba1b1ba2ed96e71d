package policy

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestHidden: a secret does not show, whatever it was encoded in.
func TestHidden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~]{0,9}`)
		secret := rapid.StringMatching(`[ -~]{6,30}`).Draw(t, "secret")
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		var h hidden
		h.add(secret)
		whole := []byte(before + ":" + secret + ":" + after)
		for _, shown := range []string{
			string(whole), hex.EncodeToString(whole), base64.StdEncoding.EncodeToString(whole), base64.RawURLEncoding.EncodeToString(whole),
			fmt.Sprintf("%x", secret), strings.ToUpper(string(whole)),
		} {
			got := h.veil(shown)
			if strings.Contains(got, secret) || got == shown {
				t.Errorf("%q shows %q", got, secret)
			}
			if kept := strings.ReplaceAll(got, mask, ""); len(kept) > len(shown)-len(secret) {
				t.Errorf("%q of %q keeps more than what stands beside %q", got, shown, secret)
			}
		}
	})
}

// TestDerivedSecrets: what policies make of a secret by way of variables, fields
// and the client's credentials is in no trace.
func TestDerivedSecrets(t *testing.T) {
	const text = `<policies><inbound>
  <set-variable name="pw" value="{{secret}}"/>
  <set-variable name="pair" value="@("user:" + (string)context.Variables["pw"])"/>
  <set-variable name="basic" value="@(Convert.ToBase64String(Encoding.UTF8.GetBytes((string)context.Variables["pair"])))"/>
  <set-variable name="end" value="@(((string)context.Variables["pair"]).Substring(12))"/>
  <set-header name="X-Sent"><value>@("Basic " + (string)context.Variables["basic"])</value></set-header>
  <set-variable name="back" value="@(context.Request.Headers.GetValueOrDefault("X-Sent", "").Substring(6, 4))"/>
  <set-variable name="known" value="@(context.Request.Headers.GetValueOrDefault("Authorization", "").AsBasic().Password)"/>
  <set-variable name="head" value="@(context.Request.Headers.GetValueOrDefault("Authorization", "").Substring(8, 7))"/>
  <set-variable name="long" value="@((string)context.Variables["pw"] == "x")"/>
  <set-variable name="plain" value="@("true" + "-story")"/>
</inbound></policies>`
	tree, problems := Read(Document{Name: "p.xml", Text: []byte(text)}, ScopeAPI, Options{
		NamedValues: map[string]string{"secret": "correct horse battery"}, Secret: func(string) bool { return true },
	})
	if tree == nil {
		t.Fatal(problems)
	}
	x := exchange("West US")
	x.Request.HTTP.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("ada:staple-57")))
	var told strings.Builder
	x.Trace = func(e TraceEntry) { fmt.Fprintf(&told, "%s %v\n", e.Message, e.Values) }
	if err := Link(tree).Run(t.Context(), x, answering(http.StatusOK)); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{"horse", "battery", "staple", x.Variables["basic"].(string), x.Variables["end"].(string), x.Variables["back"].(string), x.Variables["head"].(string)} {
		if strings.Contains(told.String(), shown) {
			t.Errorf("%q is shown:\n%s", shown, told.String())
		}
	}
	if !strings.Contains(told.String(), "true-story") {
		t.Errorf("what was made of no secret is hidden:\n%s", told.String())
	}
	if got := x.Variables["end"]; got != " horse battery" {
		t.Fatalf("got %q, want the run to be as without a trace", got)
	}
}
