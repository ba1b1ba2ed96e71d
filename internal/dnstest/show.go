package dnstest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// Show returns a reply as text: a line with status and flags, the question, the
// records of each section and the OPT record with its options in hex. Cookies
// are shown by their length. The error is another parser's opinion of the
// octets.
func Show(reply []byte) (string, error) {
	var m dns.Msg
	if err := m.Unpack(reply); err != nil {
		return "", fmt.Errorf("unpacking %d octets: %w", len(reply), err)
	}
	var b strings.Builder
	b.WriteString(status(&m))
	for _, q := range m.Question {
		fmt.Fprintf(&b, "question %s %s %s\n", q.Name, dns.Class(q.Qclass), dns.Type(q.Qtype))
	}
	section(&b, "answer", m.Answer)
	section(&b, "authority", m.Ns)
	section(&b, "additional", m.Extra)
	return b.String(), nil
}

func status(m *dns.Msg) string {
	words := []string{dns.RcodeToString[m.Rcode], "qr"}
	if opt := m.IsEdns0(); opt != nil {
		words[0] = dns.RcodeToString[opt.ExtendedRcode()&^15|m.Rcode&15]
	}
	if m.Rcode == dns.RcodeBadVers {
		words[0] = "BADVERS"
	}
	for _, f := range []struct {
		set  bool
		name string
	}{
		{m.Authoritative, "aa"},
		{m.Truncated, "tc"},
		{m.RecursionDesired, "rd"},
		{m.RecursionAvailable, "ra"},
		{m.AuthenticatedData, "ad"},
		{m.CheckingDisabled, "cd"},
		{m.Zero, "z"},
	} {
		if f.set {
			words = append(words, f.name)
		}
	}
	return strings.Join(words, " ") + "\n"
}

func section(b *strings.Builder, name string, rrs []dns.RR) {
	for _, rr := range rrs {
		if opt, ok := rr.(*dns.OPT); ok {
			showOPT(b, opt)
			continue
		}
		fmt.Fprintf(b, "%s %s\n", name, strings.Join(strings.Fields(rr.String()), " "))
	}
}

func showOPT(b *strings.Builder, opt *dns.OPT) {
	fmt.Fprintf(b, "edns %d %d", opt.Version(), opt.UDPSize())
	if opt.Do() {
		b.WriteString(" do")
	}
	if z := opt.Z(); z != 0 {
		fmt.Fprintf(b, " z=%d", z)
	}
	for _, o := range opt.Option {
		b.WriteString(" " + option(o))
	}
	b.WriteString("\n")
}

func option(o dns.EDNS0) string {
	switch o := o.(type) {
	case *dns.EDNS0_SUBNET:
		return fmt.Sprintf("subnet=%s/%d/%d", o.Address, o.SourceNetmask, o.SourceScope)
	case *dns.EDNS0_COOKIE:
		return fmt.Sprintf("cookie=%d", len(o.Cookie)/2)
	case *dns.EDNS0_EDE:
		return fmt.Sprintf("ede=%d", o.InfoCode)
	case *dns.EDNS0_NSID:
		text, _ := hex.DecodeString(o.Nsid) // hex by construction
		return fmt.Sprintf("nsid=%s", text)
	case *dns.EDNS0_TCP_KEEPALIVE:
		return fmt.Sprintf("keepalive=%d", o.Timeout)
	}
	return fmt.Sprintf("opt%d=%x", o.Option(), o.String())
}

// Option returns the data of the first option with a code in a reply's OPT
// record, octet for octet.
func Option(reply []byte, code uint16) (data []byte, ok bool) {
	for _, o := range Options(reply) {
		if o.Code == code {
			return o.Data, true
		}
	}
	return nil, false
}

// RawOption is an option of an OPT record.
type RawOption struct {
	Code uint16
	Data []byte
}

// Options returns the options of the OPT record that ends a reply.
func Options(reply []byte) []RawOption {
	var m dns.Msg
	if m.Unpack(reply) != nil {
		return nil
	}
	opt := m.IsEdns0()
	if opt == nil {
		return nil
	}
	rest, err := afterOPT(reply)
	if err != nil {
		return nil
	}
	var out []RawOption
	for len(rest) >= 4 {
		size := int(binary.BigEndian.Uint16(rest[2:]))
		if size > len(rest)-4 {
			return nil
		}
		out = append(out, RawOption{binary.BigEndian.Uint16(rest), rest[4 : 4+size]})
		rest = rest[4+size:]
	}
	return out
}

// afterOPT returns the data of a reply's OPT record, the last of its records.
func afterOPT(reply []byte) ([]byte, error) {
	off := 12
	for range int(binary.BigEndian.Uint16(reply[4:])) {
		_, end, err := dns.UnpackDomainName(reply, off)
		if err != nil {
			return nil, err
		}
		off = end + 4
	}
	for off < len(reply) {
		_, head, err := dns.UnpackDomainName(reply, off)
		if err != nil || head+10 > len(reply) {
			return nil, fmt.Errorf("record at %d is cut", off)
		}
		end := head + 10 + int(binary.BigEndian.Uint16(reply[head+8:]))
		if binary.BigEndian.Uint16(reply[head:]) == dns.TypeOPT && end <= len(reply) {
			return reply[head+10 : end], nil
		}
		off = end
	}
	return nil, fmt.Errorf("no OPT record")
}
