package demo

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Ports at which the demo serves unless told otherwise.
const (
	DefaultDNSPort     = 5300
	DefaultGatewayPort = 8080
	DefaultAdminPort   = 8053
)

// Options is what a Demo is made of.
type Options struct {
	// Ports of the name servers, gateways and admin APIs, the same at every
	// location; 0 picks a free one.
	DNSPort, GatewayPort, AdminPort int

	// Runtime is the folder of the socket by which a running demo is told to kill
	// and start nodes; made with mode 0700. Empty: RuntimeDir().
	Runtime string

	// Out is where the demo tells what happens. Nil: nowhere.
	Out io.Writer

	// Program is the command line of meridian, to run nodes with: program and
	// first arguments. Empty: the program that runs.
	Program []string

	// Pause is how long the tour stays with each finding. 0: not at all.
	Pause time.Duration

	gossipPort, peerPort int // free ones
}

func (o *Options) validate() error {
	for _, p := range []struct {
		name string
		port int
	}{{"dns", o.DNSPort}, {"gateway", o.GatewayPort}, {"admin", o.AdminPort}} {
		if p.port < 0 || p.port > 65535 {
			return fmt.Errorf("%s port %d: want 0 (a free one) to 65535", p.name, p.port)
		}
	}
	if o.Pause < 0 || o.Pause > time.Minute {
		return fmt.Errorf("pause %v: want 0 to 1m", o.Pause)
	}
	if o.Runtime == "" {
		o.Runtime = RuntimeDir()
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	if len(o.Program) > 0 {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding the program that runs: %w", err)
	}
	o.Program = []string{self}
	return nil
}

// RuntimeDir returns the folder of this user's demo sockets: below
// $XDG_RUNTIME_DIR, else below the folder for temporary files.
func RuntimeDir() string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "meridian-demo")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("meridian-demo-%d", os.Getuid()))
}
