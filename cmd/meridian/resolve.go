package main

import (
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newResolve(a *asker) *cobra.Command {
	var from, through, rrtype string
	var explain bool
	cmd := &cobra.Command{
		Use:   "resolve NAME [--client 203.0.113.7]",
		Short: "What would this client get, and why",
		Example: "  meridian resolve contoso --client 203.0.113.7 --explain\n" +
			"  meridian resolve contoso --client 2001:db8::/48 --type AAAA",
		Args: cobra.ExactArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			q := api.ResolveRequest{Name: args[0], Type: strings.ToUpper(rrtype), Explain: explain}
			var err error
			if q.Client, err = parseClient(from); err != nil {
				return err
			}
			if through != "" {
				if q.Resolver, err = netip.ParseAddr(through); err != nil {
					return fmt.Errorf("resolver %q: want an IP address", through)
				}
			}
			r, err := c.Resolve(cmd.Context(), q)
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), r, func(w io.Writer) { writeResolve(w, &r) })
		}),
	}
	f := cmd.Flags()
	f.StringVar(&from, "client", "", "client address or network, as a resolver would send it in EDNS client subnet")
	f.StringVar(&through, "resolver", "", "address of the resolver that asks; it decides where there is no --client (default 127.0.0.1)")
	f.StringVar(&rrtype, "type", "A", "question type")
	f.BoolVar(&explain, "explain", false, "show every step and why each candidate stayed or fell")
	return cmd
}

// parseClient reads an address or a network; an address stands for the network
// that resolvers commonly send, /24 or /56.
func parseClient(s string) (netip.Prefix, error) {
	if s == "" {
		return netip.Prefix{}, nil
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, nil
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("client %q: want an IP address or a network in CIDR form", s)
	}
	bits := 24
	if addr.Unmap().Is6() {
		bits = 56
	}
	return addr.Unmap().Prefix(bits)
}

func writeResolve(w io.Writer, r *api.ResolveResult) {
	if r.TraceText != "" {
		fmt.Fprintln(w, r.TraceText)
	}
	fmt.Fprintf(w, "%s %s: %s", r.Name, r.Type, r.Rcode)
	if r.Client != "" {
		fmt.Fprintf(w, " for %s, scope /%d", r.Client, r.Scope)
	}
	if r.Profile != "" {
		fmt.Fprintf(w, ", by profile %s (%s)", r.Profile, r.Reason)
	}
	fmt.Fprintln(w)
	for _, rr := range r.Answers {
		fmt.Fprintf(w, "%s %d IN %s %s\n", rr.Name, rr.TTL, rr.Type, rr.Data)
	}
}
