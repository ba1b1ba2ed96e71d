package demo

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"text/tabwriter"
)

// countries shows where each server sends clients of every country.
func (t *tour) countries(context.Context) error {
	answers := make([][]netip.Addr, len(t.sites))
	for i, s := range t.sites {
		l, err := dial(s.dns)
		if err != nil {
			return err
		}
		answers[i], err = sweep(l, sampleClients())
		_ = l.close()
		if err != nil {
			return err
		}
	}
	table := tabwriter.NewWriter(t.out, 0, 8, 3, ' ', 0)
	header := "  client\tcountry"
	for _, s := range t.sites {
		header += "\tat " + s.Display
	}
	say(table, "%s", header)
	for c, client := range sampleClients() {
		row := fmt.Sprintf("  %s\t%s", client.Net, client.Country)
		for i := range t.sites {
			row += "\t" + at(answers[i][c])
			if answers[i][c] != answers[0][c] {
				t.fault(fmt.Errorf("servers agree: they differ for %s", client.Country))
			}
		}
		say(table, "%s", row)
	}
	return table.Flush()
}

// methods shows one answer of every profile for clients of three continents.
func (t *tour) methods(context.Context) error {
	l, err := dial(t.sites[0].dns)
	if err != nil {
		return err
	}
	defer l.close()
	table := tabwriter.NewWriter(t.out, 0, 8, 3, ' ', 0)
	asked := []sampleClient{
		sampleClients()[0], sampleClients()[3], sampleClients()[9],
		{Code: "office", Country: "the office", Net: netip.MustParsePrefix("203.0.113.0/24")},
	}
	header := "  name"
	for _, c := range asked {
		header += "\t" + c.Country
	}
	say(table, "%s", header)
	for _, name := range profileNames() {
		row := "  " + string(name)
		for _, c := range asked {
			a, err := l.ask(question{name: profileName(name), client: c.Net})
			if err != nil {
				return err
			}
			if len(a.Addrs) == 0 {
				t.fault(fmt.Errorf("%s is answered for %s: rcode %d and no address", name, c.Country, a.Rcode))
			}
			row += "\t" + displays(a.Addrs)
		}
		say(table, "%s", row)
	}
	return table.Flush()
}

func displays(addrs []netip.Addr) string {
	var out []string
	for _, a := range addrs {
		out = append(out, at(a))
	}
	return strings.Join(out, ", ")
}

// Shares of the profile weighted, and how far they may be off among
// sampledNetworks networks: four standard deviations and a little.
const (
	sampledNetworks = 2000
	shareTolerance  = 0.05
)

// shares asks for many client networks and counts whom they get.
func (t *tour) shares(context.Context) error {
	var servers []*line
	defer func() {
		for _, l := range servers {
			_ = l.close()
		}
	}()
	for _, s := range t.sites {
		l, err := dial(s.dns)
		if err != nil {
			return err
		}
		servers = append(servers, l)
	}
	got := map[netip.Addr]int{}
	for i := range sampledNetworks {
		network := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(20 + i/256), byte(i), 7, 0}), 24)
		a, err := sameEverywhere(servers, question{name: profileName("weighted"), client: network})
		if err != nil {
			if errors.Is(err, errDiffer) {
				t.fault(err)
				return nil
			}
			return err
		}
		got[a]++
	}
	for i, weight := range []float64{0.5, 0.3, 0.2} {
		share := float64(got[t.sites[i].Addr]) / sampledNetworks
		say(t.out, "  %-12s weight %2.0f of 100: %4.1f %% of %d networks, the same at every server", t.sites[i].Display, weight*100, share*100, sampledNetworks)
		if share < weight-shareTolerance || share > weight+shareTolerance {
			t.fault(fmt.Errorf("shares hold: %s has %.1f %%", t.sites[i].Display, share*100))
		}
	}
	return nil
}

var errDiffer = errors.New("servers differ")

// sameEverywhere returns the address that all servers answer.
func sameEverywhere(servers []*line, q question) (netip.Addr, error) {
	var first netip.Addr
	for i, l := range servers {
		a, err := l.ask(q)
		if err != nil {
			return first, err
		}
		if i == 0 {
			first = a.first()
		}
		if a.first() != first {
			return first, fmt.Errorf("%s for %s is %s here and %s there: %w", q.name, q.client, at(first), at(a.first()), errDiffer)
		}
	}
	return first, nil
}
