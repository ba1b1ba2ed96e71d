//go:build linux

package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"meridian/bench/rig"
)

// startTime is how long a server may take to give its first right answer to
// each question.
const startTime = 30 * time.Second

// setup is what a server is to be made of.
type setup struct {
	rig.Place
	database string // mmdb file; empty: none
}

// peer is a program that can be measured.
type peer struct {
	rig.Program
	means   map[string]string // role → how this program does it; no entry: it cannot
	zones   map[string]string // role → zone, where it is not the usual one
	prepare func(setup) (argv []string, err error)
}

const zone = "gtm.test"

// zoneOf is the zone a role's name lies in.
func (p *peer) zoneOf(role string) string {
	if z, ok := p.zones[role]; ok {
		return z
	}
	return zone
}

func peers() []peer {
	return []peer{meridian(), gdnsd(), nsd(), knot(), powerdns(), powerdnsGeo(), floorPeer()}
}

// server is a peer that runs.
type server struct {
	*rig.Server
	peer peer
}

// launchAll starts every chosen peer that is on this machine, Meridian first.
func launchAll(root string, o options) ([]*server, error) {
	var out []*server
	for _, p := range peers() {
		prepare := func(at rig.Place) ([]string, error) { return p.prepare(setup{at, o.database}) }
		ready := func(s *rig.Server) error { return (&server{s, p}).ready() }
		s, err := o.Launch(p.Program, root, prepare, ready)
		if err != nil {
			return out, err
		}
		if s != nil {
			out = append(out, &server{s, p})
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no server to measure")
	}
	return out, nil
}

func stopAll(servers []*server) error {
	var errs []error
	for _, s := range servers {
		errs = append(errs, s.Stop())
	}
	return errors.Join(errs...)
}

// ready waits until every role the server has gets one right answer.
func (s *server) ready() error {
	for _, r := range roles() {
		if s.peer.means[r.name] == "" {
			continue
		}
		asked := questions(r, s.peer.zoneOf(r.name), 1, 1)
		if err := s.Await(startTime, "answer "+r.name, func() error { return s.askOnce(asked) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) askOnce(asked []question) error {
	l, err := newLoad(s.Addr, asked, 1, 1)
	if err != nil {
		return err
	}
	t, err := l.paced(time.Millisecond, 1000)
	_ = l.close() // nothing was lost with it
	if err == nil && t.wrong[right] == 0 {
		err = fmt.Errorf("wrong %v, missing %d", t.wrong[malformed:], t.lost)
	}
	return err
}

// zoneText is the zone as a file, with lines for the names of roles that a
// program does not do by itself.
func zoneText(apex string, lines ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "$ORIGIN %s.\n$TTL 300\n@ SOA ns1 hostmaster 1 3600 600 86400 30\n@ NS ns1\nns1 A 127.0.0.1\n", apex)
	b.WriteString(staticText())
	for _, l := range lines {
		b.WriteString(l + "\n")
	}
	return b.String()
}

// staticText is the address records that every server has.
func staticText() string {
	var b strings.Builder
	for i := range staticNames {
		fmt.Fprintf(&b, "%s A %s\n", staticName(i), staticAddr(i))
	}
	return b.String()
}
