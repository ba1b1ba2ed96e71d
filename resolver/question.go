package resolver

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/dns"

	"meridian/dnswire"
)

// udpSize is the largest datagram asked for: it crosses every path unfragmented
// (RFC 9715).
const udpSize = 1232

// question is one question as it is sent. The reply must repeat the id and,
// octet for octet, the name with its random capitals.
type question struct {
	name   dnswire.Name
	rrtype uint16
	sent   string // name, in capitals here and there
	id     uint16
	rd     bool
	edns   bool
}

// newQuestion draws the id and the capitals.
func newQuestion(name dnswire.Name, rrtype uint16) question {
	var random [2 + dnswire.MaxNameOctets/8 + 1]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand)
	sent, letters := []byte(name), random[2:]
	for i, c := range sent {
		bit := i % (8 * len(letters))
		if c >= 'a' && c <= 'z' && letters[bit/8]>>(bit%8)&1 == 1 {
			sent[i] = c - 'a' + 'A'
		}
	}
	return question{
		name: name, rrtype: rrtype, sent: string(sent), id: binary.BigEndian.Uint16(random[:2]), rd: true, edns: true,
	}
}

func (q question) pack() ([]byte, error) {
	msg := dns.Msg{Question: []dns.Question{{Name: q.sent, Qtype: q.rrtype, Qclass: dns.ClassINET}}}
	msg.Id, msg.RecursionDesired = q.id, q.rd
	if q.edns {
		msg.SetEdns0(udpSize, false)
	}
	out, err := msg.Pack()
	if err != nil {
		return nil, fmt.Errorf("packing question for %q: %w", q.name, err)
	}
	return out, nil
}

// Replies that are none to our question.
var (
	errStray = errors.New("reply does not match the question")
	errForm  = errors.New("reply is malformed")
)

// accept reads a reply. With errCase the message is returned as well. A reply
// that is cut short and says so is returned without its records.
func (q question) accept(data []byte) (*dns.Msg, error) {
	if len(data) < 12 || binary.BigEndian.Uint16(data) != q.id || data[2]&0xF8 != 0x80 {
		return nil, errStray // another id, a query, or another opcode
	}
	msg, err := unpack(data)
	if err != nil {
		return q.acceptCut(msg)
	}
	if len(msg.Question) == 0 && msg.Rcode != dns.RcodeSuccess && msg.Rcode != dns.RcodeNameError {
		return msg, nil // a server that does not understand need not repeat the question
	}
	if len(msg.Question) != 1 {
		return nil, errStray
	}
	return msg, q.matches(msg.Question[0])
}

// acceptCut judges a reply whose records cannot all be read.
func (q question) acceptCut(msg *dns.Msg) (*dns.Msg, error) {
	if msg == nil || !msg.Truncated || len(msg.Question) != 1 {
		return nil, errForm
	}
	if err := q.matches(msg.Question[0]); err != nil {
		return nil, err
	}
	msg.Answer, msg.Ns, msg.Extra = nil, nil, nil
	return msg, nil
}

func (q question) matches(got dns.Question) error {
	if got.Qtype != q.rrtype || got.Qclass != dns.ClassINET {
		return errStray
	}
	switch {
	case got.Name == q.sent:
		return nil
	case strings.EqualFold(got.Name, q.sent):
		return errCase
	}
	return errStray
}

// unpack reads a message; the header and question are there even where the
// records are not. A message that makes the parser panic is an error like any
// other.
func unpack(data []byte) (msg *dns.Msg, err error) {
	defer func() {
		if p := recover(); p != nil {
			msg, err = nil, fmt.Errorf("reading message: %v", p)
		}
	}()
	msg = new(dns.Msg)
	return msg, msg.Unpack(data)
}
