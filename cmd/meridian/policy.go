package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"meridian/gateway/policy"
)

func newPolicy(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Policy documents"}
	cmd.AddCommand(newPolicyTest(a))
	return cmd
}

// policyTest is the flags of meridian policy test.
type policyTest struct {
	method, body, region     string
	scope, client, template  string
	headers, answers         []string
	variables, named, secret map[string]string
	matched, fragments       map[string]string
	unmatched                bool
}

func newPolicyTest(a *asker) *cobra.Command {
	t := &policyTest{}
	cmd := &cobra.Command{
		Use:   "test FILE [--request GET http://gateway/path]",
		Short: "Run a policy document offline, with a trace",
		Long: "Reads a policy document as a gateway does and runs one request through it, with a\n" +
			"backend that is not there. It prints each step, what would be sent, and what the\n" +
			"client would get; where the document does not compile, every reason with its place.",
		Example: "  meridian policy test api.xml --request GET https://api.contoso.com/orders/7 --region \"West US\"\n" +
			"  meridian policy test api.xml --backend-response 503,timeout,200 -o json",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return t.run(cmd, a, args) },
	}
	f := cmd.Flags()
	f.StringVar(&t.method, "request", "GET", "method of the request; its URL follows the flags (default http://gateway.example.com/)")
	f.StringArrayVar(&t.headers, "header", nil, "header field of the request, \"Name: value\"; may be repeated")
	f.StringVar(&t.body, "body", "", "body of the request; @FILE reads a file")
	f.StringVar(&t.client, "client", "203.0.113.7", "address of the client")
	f.StringVar(&t.region, "region", "West US", "display name of the gateway's location, context.Deployment.Region")
	f.StringVar(&t.scope, "scope", "api", "what the document belongs to: global, workspace, product, api or operation")
	f.StringVar(&t.template, "url-template", "", "template of the operation, such as /orders/{id}")
	f.StringSliceVar(&t.answers, "backend-response", nil, "what the backend answers, one for each call: a status, timeout or refused (default 200)")
	f.StringToStringVar(&t.variables, "variables", nil, "context.Variables to begin with, name=value; strings")
	f.StringToStringVar(&t.named, "named-value", nil, "value of {{name}}, name=value")
	f.StringToStringVar(&t.secret, "secret", nil, "value of {{name}} that the trace does not show, name=value")
	f.StringToStringVar(&t.matched, "matched", nil, "parameters of the operation's template, name=value")
	f.BoolVar(&t.unmatched, "unmatched", false, "no operation claims the request, and with --scope global no API: on-error alone runs")
	f.StringToStringVar(&t.fragments, "fragment", nil, "fragment-id=FILE")
	return cmd
}

func (t *policyTest) run(cmd *cobra.Command, a *asker, args []string) error {
	o, err := t.options(args)
	if err != nil {
		return err
	}
	result, problems, err := policy.Test(cmd.Context(), o)
	for _, p := range problems {
		fmt.Fprintln(cmd.ErrOrStderr(), p)
	}
	if err != nil {
		return err
	}
	if result == nil {
		return exitError(exitRefused)
	}
	return a.show(cmd.OutOrStdout(), result, func(w io.Writer) { writePolicyTest(w, result) })
}

// options reads the flags and the files they name.
func (t *policyTest) options(args []string) (o policy.TestOptions, err error) {
	if o.Scope, err = policy.ParseScope(t.scope); err != nil {
		return o, err
	}
	if o.Document, err = policyFile(args[0]); err != nil {
		return o, err
	}
	if o.Client, err = netip.ParseAddr(t.client); err != nil {
		return o, fmt.Errorf("client %q: want an IP address", t.client)
	}
	if o.Request, err = t.message(args[1:]); err != nil {
		return o, err
	}
	o.Region, o.Template, o.Answers = t.region, t.template, t.answers
	o.Variables, o.Matched, o.Unmatched = t.variables, t.matched, t.unmatched
	o.Options.NamedValues = map[string]string{}
	maps.Copy(o.Options.NamedValues, t.named)
	maps.Copy(o.Options.NamedValues, t.secret)
	o.Options.Secret = func(name string) bool { _, is := t.secret[name]; return is }
	o.Options.Fragments = map[string]policy.Document{}
	for id, file := range t.fragments {
		if o.Options.Fragments[id], err = policyFile(file); err != nil {
			return o, err
		}
	}
	return o, nil
}

// message makes the request.
func (t *policyTest) message(args []string) (*http.Request, error) {
	target := "http://gateway.example.com/"
	if len(args) == 1 {
		target = args[0]
	}
	body, err := t.content()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(strings.ToUpper(t.method), target, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	for _, text := range t.headers {
		name, value, err := parseField(text)
		if err != nil {
			return nil, err
		}
		req.Header.Add(name, value)
	}
	return req, nil
}

// content returns the body of the request.
func (t *policyTest) content() (string, error) {
	file, is := strings.CutPrefix(t.body, "@")
	if !is {
		return t.body, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the body: %w", err)
	}
	return string(data), nil
}

// policyFile reads a document, at most one byte more than is allowed.
func policyFile(name string) (policy.Document, error) {
	f, err := os.Open(name)
	if err != nil {
		return policy.Document{}, fmt.Errorf("reading the policy: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, policy.MaxText+1))
	if err != nil {
		return policy.Document{}, fmt.Errorf("reading the policy: %w", err)
	}
	return policy.Document{Name: name, Text: data}, nil
}

// writePolicyTest writes a result for people.
func writePolicyTest(w io.Writer, r *policy.TestResult) {
	last := ""
	for _, e := range r.Trace {
		if e.Section != last {
			fmt.Fprintf(w, "%s\n", e.Section)
			last = e.Section
		}
		fmt.Fprintf(w, "  %s%s", strings.Repeat("  ", e.Depth), e.Element)
		if e.Line > 0 {
			fmt.Fprintf(w, " (%s:%d:%d)", e.File, e.Line, e.Column)
		}
		fmt.Fprintf(w, ": %s\n", e.Message)
		for _, v := range e.Values {
			fmt.Fprintf(w, "  %s  %s = %q\n", strings.Repeat("  ", e.Depth), v.Name, v.Value)
		}
	}
	for i, m := range r.Sent {
		fmt.Fprintf(w, "\nsent (%d of %d), answered %s\n%s %s\n", i+1, len(r.Sent), m.Status, m.Method, m.URL)
		if m.Backend != "" {
			fmt.Fprintf(w, "backend: %s\n", m.Backend)
		}
		if m.Host != "" {
			fmt.Fprintf(w, "Host: %s\n", m.Host)
		}
		writeMessage(w, m)
	}
	if len(r.Sent) == 0 {
		fmt.Fprintln(w, "\nnothing sent")
	}
	fmt.Fprintf(w, "\nresponse\n%s\n", r.Response.Status)
	writeMessage(w, r.Response)
}

func writeMessage(w io.Writer, m policy.TestMessage) {
	for _, name := range slices.Sorted(maps.Keys(m.Header)) {
		for _, value := range m.Header[name] {
			fmt.Fprintf(w, "%s: %s\n", name, value)
		}
	}
	if m.Body != "" {
		fmt.Fprintf(w, "\n%s\n", m.Body)
	}
}
