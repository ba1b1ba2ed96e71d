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
	"time"
)

// startTime is how long a server may take to give its first right answer.
const startTime = 20 * time.Second

// setup is what a proxy is to be made of.
type setup struct {
	dir      string         // its own folder, absolute
	addr     netip.AddrPort // where it listens
	backends []netip.AddrPort
}

// peer is a program that can be measured.
type peer struct {
	name    string
	program string   // empty: the meridian binary
	self    bool     // this very program
	version []string // arguments that print it; none: ours, built from this tree
	prepare func(setup) (argv []string, err error)
}

func peers() []peer {
	return []peer{meridian(), nginx(), haproxy(), caddy(), controlPeer()}
}

// controlPeer is this program as a plain httputil.ReverseProxy.
func controlPeer() peer {
	return peer{name: "control", self: true, prepare: func(s setup) ([]string, error) {
		return []string{"", "-role", "control", "-listen", s.addr.String(), "-to", s.backends[0].String() + "," + s.backends[1].String()}, nil
	}}
}

// server is a peer that runs.
type server struct {
	peer
	setup
	process *process
	release string
}

// stage is the backends and all servers before them.
type stage struct {
	o        options
	root     string
	backends []netip.AddrPort
	behind   *process
	servers  []*server
}

// newStage starts the backends, on the core of the load generator.
func newStage(root string, o options) (*stage, error) {
	s := &stage{o: o, root: root}
	for range 2 {
		addr, err := freePort()
		if err != nil {
			return nil, err
		}
		s.backends = append(s.backends, addr)
	}
	argv := []string{"/proc/self/exe", "-role", "backend", "-listen", s.backends[0].String() + "," + s.backends[1].String()}
	var err error
	s.behind, err = start(argv, root, filepath.Join(root, "backends.log"), o.clientCPU)
	return s, err
}

// launch starts every chosen peer that is on this machine.
func (s *stage) launch(all []peer) error {
	for _, p := range all {
		if !chosen(s.o.only, p.name) {
			continue
		}
		program := locate(p, s.o)
		if program == "" {
			fmt.Fprintf(os.Stderr, "%s: no program %s here, left out\n", p.name, p.program)
			continue
		}
		one, err := s.start(p, program)
		if err != nil {
			return err
		}
		s.servers = append(s.servers, one)
		fmt.Fprintf(os.Stderr, "%s %s: process %d answers at %s\n", one.name, one.release, one.process.cmd.Process.Pid, one.addr)
	}
	if len(s.servers) == 0 {
		return errors.New("no server to measure")
	}
	return nil
}

// start prepares and starts a peer in its own folder, and waits until it
// answers.
func (s *stage) start(p peer, program string) (*server, error) {
	out := &server{peer: p, setup: setup{dir: filepath.Join(s.root, p.name), backends: s.backends}}
	err := os.MkdirAll(out.dir, 0o755)
	if err != nil {
		return nil, err
	}
	if out.addr, err = freePort(); err != nil {
		return nil, err
	}
	argv, err := p.prepare(out.setup)
	if err != nil {
		return nil, fmt.Errorf("preparing %s: %w", p.name, err)
	}
	argv[0] = program
	out.release = releaseOf(program, p.version)
	if out.process, err = start(argv, out.dir, filepath.Join(out.dir, "log"), s.o.serverCPU); err != nil {
		return nil, err
	}
	if err := out.ready(); err != nil {
		return nil, errors.Join(err, out.process.stop())
	}
	return out, nil
}

func (s *stage) stop() error {
	var errs []error
	for _, one := range s.servers {
		errs = append(errs, one.process.stop())
	}
	return errors.Join(append(errs, s.behind.stop())...)
}

// ready waits for one right answer.
func (s *server) ready() error {
	deadline := time.Now().Add(startTime)
	err := errors.New("it ended at once")
	for time.Now().Before(deadline) && !s.process.ended() {
		var l *load
		if l, err = newLoad(s.addr, 1); err == nil {
			var t *tally
			t, err = l.paced(20*time.Millisecond, 100)
			l.close()
			if err == nil && t.answered > 0 && t.wrong == 0 {
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("waiting for %s to answer: %w; its log ends:\n%s", s.name, err, s.logTail())
}

func (s *server) logTail() string {
	data, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(data[max(0, len(data)-2000):])
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

// releaseOf finds the version that a program prints, and the Go version it was
// built with.
func releaseOf(program string, args []string) string {
	var out string
	if len(args) > 0 {
		text, _ := exec.Command(program, args...).CombinedOutput() // some exit with 1
		out = string(regexp.MustCompile(`\d+\.\d+\.\d+`).Find(text))
	}
	if built := goVersion(program); built != "" {
		out += " (" + built + ")"
	}
	return out
}

// freePort returns a loopback address with a free port.
func freePort() (netip.AddrPort, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort(), nil
}

// write puts a file into a server's folder.
func (s setup) write(name, text string) error {
	return os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644)
}
