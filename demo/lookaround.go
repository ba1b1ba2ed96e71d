package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"text/tabwriter"

	"meridian/routing"
)

// openLines connects to every server.
func openLines(sites []*site) (lines []*line, err error) {
	for _, s := range sites {
		l, err := dial(s.dns)
		if err != nil {
			closeLines(lines)
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func closeLines(lines []*line) {
	for _, l := range lines {
		l.close()
	}
}

// countries shows where each server sends clients of every country.
func (t *tour) countries(context.Context) error {
	lines, err := openLines(t.sites)
	defer closeLines(lines)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(t.out, 0, 8, 3, ' ', 0)
	header := "  client\tcountry"
	for _, s := range t.sites {
		header += "\tat " + s.Display
	}
	say(table, "%s", header)
	for _, c := range sampleClients() {
		if err := t.country(table, lines, c); err != nil {
			return err
		}
	}
	return table.Flush()
}

// country writes the row of one client.
func (t *tour) country(table io.Writer, lines []*line, c sampleClient) error {
	row := fmt.Sprintf("  %s\t%s", c.Net, c.Country)
	var first netip.Addr
	for i, l := range lines {
		a, err := l.ask(question{name: profileName(serviceName), client: c.Net})
		if err != nil {
			return err
		}
		if i == 0 {
			first = a.first()
		}
		if a.first() != first {
			t.fault(fmt.Errorf("servers agree: they differ for %s", c.Country))
		}
		row += "\t" + at(a.first())
	}
	say(table, "%s", row)
	return nil
}

// methods shows one answer of every profile for clients of three continents.
func (t *tour) methods(context.Context) error {
	l, err := dial(t.sites[0].dns)
	if err != nil {
		return err
	}
	defer l.close()
	all := sampleClients()
	asked := []sampleClient{all[0], all[3], all[9], {Country: "the office", Net: netip.MustParsePrefix("203.0.113.0/24")}}
	table := tabwriter.NewWriter(t.out, 0, 8, 3, ' ', 0)
	header := "  name"
	for _, c := range asked {
		header += "\t" + c.Country
	}
	say(table, "%s", header)
	for _, name := range profileNames() {
		if err := t.method(table, l, name, asked); err != nil {
			return err
		}
	}
	return table.Flush()
}

// method writes the row of one profile.
func (t *tour) method(table io.Writer, l *line, name routing.ProfileName, asked []sampleClient) error {
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
	return nil
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
	lines, err := openLines(t.sites)
	defer closeLines(lines)
	if err != nil {
		return err
	}
	got, err := countShares(lines)
	if errors.Is(err, errDiffer) {
		t.fault(err)
		return nil
	}
	if err != nil {
		return err
	}
	for i, weight := range []float64{0.5, 0.3, 0.2} {
		t.share(t.sites[i].Display, weight, float64(got[t.sites[i].Addr])/sampledNetworks)
	}
	return nil
}

// countShares counts the networks that get each address.
func countShares(lines []*line) (map[netip.Addr]int, error) {
	got := map[netip.Addr]int{}
	for i := range sampledNetworks {
		network := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(20 + i/256), byte(i), 7, 0}), 24)
		a, err := sameEverywhere(lines, question{name: profileName("weighted"), client: network})
		if err != nil {
			return nil, err
		}
		got[a]++
	}
	return got, nil
}

// share holds a measured share against its weight.
func (t *tour) share(location string, weight, share float64) {
	say(t.out, "  %-12s weight %2.0f of 100: %4.1f %% of %d networks, the same at every server", location, weight*100, share*100, sampledNetworks)
	if share < weight-shareTolerance || share > weight+shareTolerance {
		t.fault(fmt.Errorf("shares hold: %s has %.1f %%", location, share*100))
	}
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
