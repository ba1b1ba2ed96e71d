package dnswire

import (
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// Record is one resource record of a zone.
type Record struct {
	Name  Name
	Type  uint16
	Class uint16 // always 1, IN
	TTL   uint32 // seconds; 0 .. MaxTTL
	Line  int    // in the text it was read from, from 1
	RR    dns.RR // the same record, owner as in Name; names in its data may hold capitals
}

// Target returns the name a CNAME, DNAME, NS, PTR, MX, SRV, SVCB or HTTPS
// record points at; ok is false for other types.
func (r *Record) Target() (name Name, ok bool) {
	var text string
	switch rr := r.RR.(type) {
	case *dns.CNAME:
		text = rr.Target
	case *dns.DNAME:
		text = rr.Target
	case *dns.NS:
		text = rr.Ns
	case *dns.PTR:
		text = rr.Ptr
	case *dns.MX:
		text = rr.Mx
	case *dns.SRV:
		text = rr.Target
	case *dns.SVCB:
		text = rr.Target
	case *dns.HTTPS:
		text = rr.Target
	default:
		return "", false
	}
	name, err := ParseName(text)
	return name, err == nil
}

// RecordError is one defect of zone-file text.
type RecordError struct {
	Line    int // in the text, from 1
	Column  int // from 1; 0 where the whole entry is meant
	Problem string
}

// Error returns "line 3, column 7: …".
func (e RecordError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

// TypeName returns a record type's mnemonic, TYPEnnn for types without one
// (RFC 3597 §5).
func TypeName(t uint16) string {
	name, ok := dns.TypeToString[t]
	if !ok || strings.HasPrefix(name, "TYPE") {
		return fmt.Sprintf("TYPE%d", t)
	}
	return name
}

// ParseType reads a record type: a mnemonic in either case, or TYPEnnn.
func ParseType(s string) (uint16, error) {
	upper := strings.ToUpper(s)
	if t, ok := dns.StringToType[upper]; ok && t != dns.TypeNone {
		return t, nil
	}
	var t uint16
	if n, err := fmt.Sscanf(upper, "TYPE%d", &t); err == nil && n == 1 && fmt.Sprintf("TYPE%d", t) == upper {
		return t, nil
	}
	return 0, fmt.Errorf("record type %q: want a name such as AAAA, or TYPE0 .. TYPE65535", s)
}
