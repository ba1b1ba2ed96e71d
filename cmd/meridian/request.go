package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newRequest(a *asker) *cobra.Command {
	q := api.RequestQuery{}
	var headers []string
	cmd := &cobra.Command{
		Use:   "request URL [--client 203.0.113.7] [--location westus2]",
		Short: "What would come of this request at a gateway, and why; nothing is sent",
		Example: "  meridian request https://contoso.gtm.example.com/suffix/foo --client 203.0.113.7 --explain\n" +
			"  meridian request http://contoso.gtm.example.com/orders --method POST --header 'X-Key: a' --location westus2",
		Args: cobra.ExactArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			q.URL = args[0]
			for _, text := range headers {
				name, value, err := parseField(text)
				if err != nil {
					return err
				}
				q.Headers = append(q.Headers, api.Header{Name: name, Value: value})
			}
			r, err := c.Request(cmd.Context(), q)
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), r, func(w io.Writer) { writeRequest(w, &r) })
		}),
	}
	f := cmd.Flags()
	f.StringVar(&q.Client, "client", "", "address of the client (default 127.0.0.1)")
	f.StringVar(&q.Location, "location", "", "location whose gateway it would reach (default that of the node asked)")
	f.StringVar(&q.Method, "method", "", "method (default GET)")
	f.StringArrayVar(&headers, "header", nil, "header field of the request, \"Name: value\"; may be repeated")
	f.BoolVar(&q.Explain, "explain", false, "show every step of the policies, and why each pool member fell")
	return cmd
}

// parseField reads a header field, "Name: value".
func parseField(text string) (name, value string, err error) {
	name, value, found := strings.Cut(text, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !found || name == "" {
		return "", "", fmt.Errorf("header %q: want \"Name: value\"", text)
	}
	return name, value, nil
}

func writeRequest(w io.Writer, r *api.RequestResult) {
	fmt.Fprintf(w, "%s %s at %s, says %s (generation %d)\n", r.Method, r.URL, dash(r.Location), r.Node, r.Generation)
	if r.Relay != nil {
		fmt.Fprintf(w, "relay to %s: %s\n", strings.TrimSpace(dash(r.Relay.To)+" "+r.Relay.Node), r.Relay.Why)
	}
	if r.API != "" {
		fmt.Fprintln(w, claim(r))
	}
	writePolicies(w, r)
	for i := range r.Forwards {
		writeForward(w, &r.Forwards[i])
	}
	if r.Status > 0 {
		fmt.Fprintf(w, "answer %d, made here", r.Status)
		if r.Reason != "" {
			fmt.Fprintf(w, " (%s)", r.Reason)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, r.Text)
}

// claim writes which API and operation claim a request.
func claim(r *api.RequestResult) string {
	text := fmt.Sprintf("api %s %s, operation %s", r.API, dash(r.APIPath), strings.TrimSpace(dash(r.Operation)+" "+r.Template))
	for _, p := range r.Params {
		text += fmt.Sprintf(", %s=%s", p.Name, p.Value)
	}
	return text
}

func writePolicies(w io.Writer, r *api.RequestResult) {
	if r.Plain && r.API != "" {
		fmt.Fprintln(w, "policies: forward, nothing else")
	}
	var lines [][]any
	for i := range r.Policies {
		s := &r.Policies[i]
		text := s.Text
		for _, v := range s.Values {
			text += fmt.Sprintf(" %s=%s", v.Name, v.Value)
		}
		place := "-"
		if s.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d", dash(s.File), s.Line, s.Column)
		}
		lines = append(lines, []any{s.Section, s.Scope, strings.Repeat("  ", s.Depth) + s.Element, place, text})
	}
	if len(lines) > 0 {
		rows(w, []any{"SECTION", "SCOPE", "ELEMENT", "AT", "WHAT"}, lines)
	}
}

func writeForward(w io.Writer, f *api.Forward) {
	kind := "backend"
	if f.Pool {
		kind = "pool"
	}
	fmt.Fprintf(w, "forward %s %s to %s %s\n", f.Method, dash(f.URL), kind, dash(f.Target))
	var lines [][]any
	for i := range f.Members {
		m := &f.Members[i]
		wait := "-"
		if m.RetryAfter > 0 {
			wait = fmt.Sprintf("%.0fs", m.RetryAfter)
		}
		lines = append(lines, []any{m.Backend, m.Priority, m.Weight, m.Why, wait, breakerText(&m.Breaker)})
	}
	if len(lines) > 0 {
		rows(w, []any{"MEMBER", "PRIORITY", "WEIGHT", "WHY", "WAIT", "BREAKER"}, lines)
	}
	if f.Chosen == "" {
		fmt.Fprintf(w, "no backend lets it pass; retry after %.0fs\n", f.RetryAfter)
		return
	}
	fmt.Fprintf(w, "chosen %s, address %s\n", f.Chosen, dash(f.Address))
}
