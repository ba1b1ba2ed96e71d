package main

import (
	"strings"
	"testing"
)

const apiPolicy = `<policies>
  <inbound>
    <include-fragment fragment-id="who" />
    <choose>
      <when condition="@("West US".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase))">
        <set-backend-service base-url="http://us.example.com/api" />
      </when>
    </choose>
    <set-header name="X-Key"><value>{{key}}</value></set-header>
    <set-header name="X-Plain"><value>{{plain}}</value></set-header>
  </inbound>
  <backend>
    <retry condition="@(context.Response == null || context.Response.StatusCode >= 500)" count="3" interval="2">
      <forward-request buffer-request-body="true" />
    </retry>
  </backend>
</policies>
`

// TestPolicyTest: a document runs offline, and says what it did.
func TestPolicyTest(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "api.xml", apiPolicy)
	who := write(t, dir, "who.xml", `<fragment><set-header name="X-Who"><value>@(context.Request.IpAddress + (string)context.Variables["v"])</value></set-header></fragment>`)
	bad := write(t, dir, "bad.xml", "<policies>\n  <inbound>\n    <validate-jwt />\n    <set-method>@(context.Nothing)</set-method>\n  </inbound>\n</policies>\n")
	flags := []string{"--fragment", "who=" + who, "--secret", "key=hunter22", "--named-value", "plain=text", "--variables", "v=!"}
	for _, tt := range []struct {
		args []string
		code int
		out  []string
		errs []string
	}{
		{
			append([]string{file, "--request", "POST", "https://gw.example.com/a?b=1", "--body", "hello", "--backend-response", "refused,503,201"}, flags...), exitOK,
			[]string{
				"choose (" + file + ":4:5): when 1 of 1", "condition = \"true\"",
				"sent (3 of 3), answered 201\nPOST http://us.example.com/api/a?b=1\nHost: gw.example.com\nX-Key: ***\nX-Plain: text\nX-Who: 203.0.113.7!\n\nhello\n",
				"response\n201 Created\n", "again in 2s",
			},
			nil,
		},
		{append([]string{file, "--region", "East Asia", "-o", "json", "--query", "sent[0].url"}, flags...), exitOK, []string{"\"/\"\n"}, nil},
		{append([]string{file, "--body", "@" + who, "--request", "PUT", "--query", "sent[0].body"}, flags...), exitOK, []string{"fragment"}, nil},
		{[]string{bad}, exitRefused, nil, []string{bad + ":3:5: inbound/validate-jwt[1]: <validate-jwt>: the element is not supported", bad + ":4:27: inbound/set-method[1]: IContext has no member Nothing"}},
		{append([]string{file, "--backend-response", "900"}, flags...), exitRefused, nil, []string{`backend response "900": want a status from 200 to 599, timeout or refused`}},
		{append([]string{file, "--scope", "all"}, flags...), exitRefused, nil, []string{`scope "all": want global, workspace, product, api or operation`}},
		{append([]string{file, "--header", "nothing"}, flags...), exitRefused, nil, []string{`header "nothing": want "Name: value"`}},
		{append([]string{file, "--client", "me"}, flags...), exitRefused, nil, []string{`client "me": want an IP address`}},
		{append([]string{file, "--request", "GET", "nowhere"}, flags...), exitRefused, nil, []string{"absolute URL"}},
		{[]string{dir + "/none.xml"}, exitRefused, nil, []string{"reading the policy: "}},
		{nil, exitRefused, nil, []string{"accepts between 1 and 2 arg"}},
	} {
		code, out, errs := lineOf(append([]string{"policy", "test"}, tt.args...)...)
		if code != tt.code || (len(tt.errs) == 0) != (errs == "") {
			t.Errorf("%v: got exit %d, %q, %q; want %d", tt.args, code, out, errs, tt.code)
		}
		for _, want := range tt.out {
			if !strings.Contains(out, want) {
				t.Errorf("%v: got %s\nwant %q", tt.args, out, want)
			}
		}
		for _, want := range tt.errs {
			if !strings.Contains(errs, want) {
				t.Errorf("%v: got %q; want %q", tt.args, errs, want)
			}
		}
		if strings.Contains(out, "hunter22") {
			t.Errorf("%v: got the secret; want it masked: %s", tt.args, out)
		}
	}
}
