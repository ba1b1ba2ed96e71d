//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// startTime is how long a server may take to give its first right answer.
const startTime = 30 * time.Second

// setup is what a server is to be made of.
type setup struct {
	dir      string         // its own folder, absolute
	addr     netip.AddrPort // where it listens, over UDP
	database string         // mmdb file; empty: none
	meridian string         // path of the binary
}

// peer is a program that can be measured.
type peer struct {
	name    string
	program string            // empty: setup.meridian
	self    bool              // this very program
	version []string          // arguments that print it; none: ours, built from this tree
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
	peer
	setup
	process *process
	release string
}

// launch prepares and starts a peer in its own folder, and waits until it
// answers. Without the program it returns nil.
func launch(p peer, root string, o options) (*server, error) {
	program := locate(p, o)
	if program == "" {
		return nil, nil
	}
	s := &server{peer: p, setup: setup{dir: filepath.Join(root, p.name), database: o.database, meridian: o.meridian}}
	err := os.MkdirAll(s.dir, 0o755)
	if err != nil {
		return nil, err
	}
	if s.addr, err = freePort(); err != nil {
		return nil, err
	}
	argv, err := p.prepare(s.setup)
	if err != nil {
		return nil, fmt.Errorf("preparing %s: %w", p.name, err)
	}
	argv[0] = program
	s.release = releaseOf(program, p.version)
	if s.process, err = start(argv, s.dir, filepath.Join(s.dir, "log"), o.serverCPU); err != nil {
		return nil, err
	}
	if err := s.ready(); err != nil {
		return nil, errors.Join(err, s.process.stop())
	}
	return s, nil
}

// locate finds the program of a peer, "" if it is not here; Debian keeps
// servers in /usr/sbin.
func locate(p peer, o options) string {
	candidates := []string{p.program, filepath.Join("/usr/sbin", p.program)}
	switch {
	case p.self:
		candidates = []string{"/proc/self/exe"}
	case p.program == "":
		candidates = []string{o.meridian}
	}
	for _, c := range candidates {
		path, err := exec.LookPath(c)
		if err != nil {
			continue
		}
		if path, err = filepath.EvalSymlinks(path); err != nil {
			continue
		}
		if path, err = filepath.Abs(path); err == nil {
			return path
		}
	}
	return ""
}

// releaseOf finds the version of three numbers that a program prints.
func releaseOf(program string, args []string) string {
	if len(args) == 0 {
		return ""
	}
	out, _ := exec.Command(program, args...).CombinedOutput() // some exit with 1
	return regexp.MustCompile(`\d+\.\d+\.\d+`).FindString(string(out))
}

// freePort returns a loopback address whose port UDP and TCP have free.
func freePort() (netip.AddrPort, error) {
	for range 32 {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return netip.AddrPort{}, err
		}
		addr := l.Addr().(*net.TCPAddr).AddrPort()
		u, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(addr))
		_ = l.Close()
		if err == nil {
			return addr, u.Close()
		}
	}
	return netip.AddrPort{}, errors.New("finding a free port: none in 32 attempts")
}

// ready waits until every role the server has gets one right answer.
func (s *server) ready() error {
	deadline := time.Now().Add(startTime)
	for _, r := range roles() {
		if s.means[r.name] == "" {
			continue
		}
		if err := s.awaitRole(r, deadline); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) awaitRole(r role, deadline time.Time) error {
	asked := questions(r, s.zoneOf(r.name), 1, 1)
	var last tally
	for time.Now().Before(deadline) && !s.process.ended() {
		l, err := newLoad(s.addr, asked, 1, 1)
		if err != nil {
			return err
		}
		t, err := l.paced(time.Millisecond, 1000)
		_ = l.close() // nothing was lost with it
		if last = *t; err == nil && t.wrong[right] > 0 {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("waiting for %s to answer %s: wrong %v, missing %d; its log ends:\n%s", s.name, r.name, last.wrong[malformed:], last.lost, s.logTail())
}

func (s *server) logTail() string {
	data, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(data[max(0, len(data)-2000):])
}

// write puts a file into a server's folder, whose own folder it makes.
func (s setup) write(name, text string) error {
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
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
