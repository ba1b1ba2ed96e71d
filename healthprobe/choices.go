package healthprobe

import "fmt"

// Protocol is how a target is probed.
type Protocol uint8

// The protocols of azure.md §1.9.
const (
	HTTP Protocol = iota
	HTTPS
	TCP
)

// ParseProtocol reads a protocol's name, in upper case as azure.md §1.2 has it.
func ParseProtocol(s string) (Protocol, error) {
	for _, p := range []Protocol{HTTP, HTTPS, TCP} {
		if s == p.String() {
			return p, nil
		}
	}
	return 0, fmt.Errorf("protocol %q: want HTTP, HTTPS or TCP", s)
}

// String returns the protocol's name.
func (p Protocol) String() string {
	switch p {
	case HTTP:
		return "HTTP"
	case HTTPS:
		return "HTTPS"
	case TCP:
		return "TCP"
	default:
		return fmt.Sprintf("Protocol(%d)", uint8(p))
	}
}

// MarshalText implements encoding.TextMarshaler.
func (p Protocol) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

func (p Protocol) validate() error {
	_, err := ParseProtocol(p.String())
	return err
}

// defaultPort is the port a Host header leaves out.
func (p Protocol) defaultPort() uint16 {
	if p == HTTPS {
		return 443
	}
	return 80
}

// Failback says who brings a target back.
type Failback uint8

// The two ways back.
const (
	FailbackAuto   Failback = iota // probes do
	FailbackManual                 // an operator does, with Release
)

func (f Failback) validate() error {
	if f > FailbackManual {
		return fmt.Errorf("failback %d: want auto or manual", uint8(f))
	}
	return nil
}

// Initial says what a target is before its first verdict.
type Initial uint8

// The two beginnings.
const (
	InitialServe Initial = iota // Unchecked, which serves (Azure)
	InitialWait                 // Down until the first success
)

func (i Initial) validate() error {
	if i > InitialWait {
		return fmt.Errorf("initial %d: want serve or wait", uint8(i))
	}
	return nil
}

// Verify says how much of a target's certificate is checked.
type Verify uint8

// From everything to nothing. Azure checks nothing; Meridian checks all unless
// told otherwise.
const (
	VerifyFull  Verify = iota // chain, validity and name
	VerifyChain               // chain and validity, any name
	VerifyNone                // nothing
)

func (v Verify) validate() error {
	if v > VerifyNone {
		return fmt.Errorf("verify %d: want full, chain or none", uint8(v))
	}
	return nil
}
