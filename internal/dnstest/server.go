package dnstest

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// Answer is what a Server replies; records are in zone-file syntax.
type Answer struct {
	Rcode                         string // "SERVFAIL"; empty: NOERROR
	Authoritative                 bool
	Answer, Authority, Additional []string
}

// Server is a DNS server that says what a test wants.
type Server struct {
	addr    netip.AddrPort
	servers []*dns.Server
	done    sync.WaitGroup
}

// NewServer serves at address, over UDP and, with tcp, over TCP too. Answer gets
// the question's name in lower case, for resolvers mix cases, and its type as
// text; it is called by many goroutines at once.
func NewServer(address string, tcp bool, answer func(name, rrtype string) Answer) (*Server, error) {
	s := &Server{}
	if tcp {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return nil, fmt.Errorf("listening over TCP: %w", err)
		}
		address = l.Addr().String()
		s.start(&dns.Server{Listener: l}, answer)
	}
	c, err := net.ListenPacket("udp", address)
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("listening over UDP: %w", err)
	}
	s.addr = netip.MustParseAddrPort(c.LocalAddr().String())
	s.start(&dns.Server{PacketConn: c}, answer)
	return s, nil
}

// Addr returns the address served.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Close stops the server and waits for it.
func (s *Server) Close() {
	for _, server := range s.servers {
		_ = server.Shutdown() // it has been started
	}
	s.done.Wait()
}

// start returns when the server serves.
func (s *Server) start(server *dns.Server, answer func(name, rrtype string) Answer) {
	server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		if reply, err := reply(r, answer); err == nil {
			_ = w.WriteMsg(reply) // a client that has gone is no concern
		}
	})
	started := make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	s.servers = append(s.servers, server)
	s.done.Go(func() { _ = server.ActivateAndServe() })
	<-started
}

// reply makes the message; a record that cannot be read makes none.
func reply(r *dns.Msg, answer func(name, rrtype string) Answer) (*dns.Msg, error) {
	q := r.Question[0]
	a := answer(strings.ToLower(q.Name), dns.TypeToString[q.Qtype])
	m := new(dns.Msg).SetReply(r)
	m.Authoritative = a.Authoritative
	if a.Rcode != "" {
		m.Rcode = dns.StringToRcode[a.Rcode]
	}
	for _, section := range []struct {
		texts []string
		to    *[]dns.RR
	}{{a.Answer, &m.Answer}, {a.Authority, &m.Ns}, {a.Additional, &m.Extra}} {
		for _, text := range section.texts {
			rr, err := dns.NewRR(text)
			if err != nil {
				return nil, fmt.Errorf("reading record %q: %w", text, err)
			}
			*section.to = append(*section.to, rr)
		}
	}
	return m, nil
}
