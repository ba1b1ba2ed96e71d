package dnstest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// message is a query being put together.
type message struct {
	id      uint16
	flags   uint16
	name    string
	rrtype  uint16
	class   uint16
	noQuery bool // no question
	edns    bool
	size    uint16
	version uint8
	z       uint16
	options []byte
}

// Query builds a query from a line of a type, a name and words that begin with
// "+": rd, cd, ad, do, noedns, edns=VERSION, bufsize=N, ednsflags=N, opcode=N,
// class=CH, id=N, header-only, subnet=PREFIX, cookie=HEX, nsid, keepalive,
// zoneversion, ednsopt=CODE[:HEX]. Without +noedns there is an OPT record with
// a size of 1232. The name keeps its case.
func Query(line string) ([]byte, error) {
	m := message{id: 0x1d0c, class: dns.ClassINET, edns: true, size: 1232}
	var words []string
	for _, w := range strings.Fields(line) {
		word, isFlag := strings.CutPrefix(w, "+")
		if !isFlag {
			words = append(words, w)
			continue
		}
		name, value, _ := strings.Cut(word, "=")
		if err := m.set(name, value); err != nil {
			return nil, fmt.Errorf("reading query %q: %s: %w", line, w, err)
		}
	}
	if err := m.ask(words); err != nil {
		return nil, fmt.Errorf("reading query %q: %w", line, err)
	}
	return m.pack()
}

// ask reads the type and the name.
func (m *message) ask(words []string) error {
	if m.noQuery {
		return nil
	}
	if len(words) != 2 {
		return fmt.Errorf("%d words: want a type and a name", len(words))
	}
	m.name = dns.Fqdn(words[1])
	rrtype, err := typeOf(words[0])
	m.rrtype = rrtype
	return err
}

func typeOf(s string) (uint16, error) {
	if t, ok := dns.StringToType[strings.ToUpper(s)]; ok {
		return t, nil
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(s), "TYPE"), 10, 16)
	return uint16(n), err
}

// set applies one word.
func (m *message) set(name, value string) error {
	if bit, ok := map[string]uint16{"rd": 1 << 8, "cd": 1 << 4, "ad": 1 << 5}[name]; ok {
		m.flags |= bit
		return nil
	}
	switch name {
	case "do":
		m.z |= 1 << 15
	case "noedns":
		m.edns = false
	case "header-only":
		m.noQuery = true
	case "class":
		m.class = dns.StringToClass[value]
	case "nsid", "keepalive", "zoneversion", "cookie", "subnet", "ednsopt":
		return m.setOption(name, value)
	default:
		return m.setNumber(name, value)
	}
	return nil
}

func (m *message) setNumber(name, value string) error {
	n, err := strconv.ParseUint(value, 0, 16)
	if err != nil {
		return err
	}
	switch name {
	case "edns":
		m.version = uint8(n)
	case "bufsize":
		m.size = uint16(n)
	case "ednsflags":
		m.z |= uint16(n)
	case "opcode":
		m.flags |= uint16(n) << 11
	case "id":
		m.id = uint16(n)
	default:
		return fmt.Errorf("unknown word")
	}
	return nil
}

func (m *message) setOption(name, value string) error {
	code := map[string]uint16{"nsid": 3, "cookie": 10, "keepalive": 11, "zoneversion": 19}[name]
	var data []byte
	var err error
	switch name {
	case "subnet":
		code = 8
		data, err = subnet(value)
	case "ednsopt":
		number, rest, _ := strings.Cut(value, ":")
		var n uint64
		if n, err = strconv.ParseUint(number, 10, 16); err != nil {
			return err
		}
		code = uint16(n)
		data, err = hex.DecodeString(rest)
	default:
		data, err = hex.DecodeString(value)
	}
	m.options = binary.BigEndian.AppendUint16(m.options, code)
	m.options = binary.BigEndian.AppendUint16(m.options, uint16(len(data)))
	m.options = append(m.options, data...)
	return err
}

// subnet returns the data of a client subnet option.
func subnet(value string) ([]byte, error) {
	p, err := netip.ParsePrefix(value)
	if err != nil {
		return nil, err
	}
	family := byte(1)
	if p.Addr().Is6() {
		family = 2
	}
	data := []byte{0, family, byte(p.Bits()), 0}
	return append(data, p.Masked().Addr().AsSlice()[:(p.Bits()+7)/8]...), nil
}

func (m *message) pack() ([]byte, error) {
	b := binary.BigEndian.AppendUint16(nil, m.id)
	b = binary.BigEndian.AppendUint16(b, m.flags)
	b = append(b, make([]byte, 8)...)
	if !m.noQuery {
		b[5] = 1
		name := make([]byte, 256)
		n, err := dns.PackDomainName(m.name, name, 0, nil, false)
		if err != nil {
			return nil, fmt.Errorf("packing name %q: %w", m.name, err)
		}
		b = append(b, name[:n]...)
		b = binary.BigEndian.AppendUint16(b, m.rrtype)
		b = binary.BigEndian.AppendUint16(b, m.class)
	}
	if m.edns {
		b[11] = 1
		b = append(b, 0, 0, 41)
		b = binary.BigEndian.AppendUint16(b, m.size)
		b = append(b, 0, m.version)
		b = binary.BigEndian.AppendUint16(b, m.z)
		b = binary.BigEndian.AppendUint16(b, uint16(len(m.options)))
		b = append(b, m.options...)
	}
	return b, nil
}
