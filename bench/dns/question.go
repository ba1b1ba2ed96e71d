//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
)

const (
	typeA          = 1
	typeOPT        = 41
	optionSubnet   = 8
	headerSize     = 12
	payloadSize    = 1232
	subnetBits     = 24
	rcodeNone      = 0
	rcodeNameError = 3
)

// role is a kind of name that is asked for.
type role struct {
	name   string
	what   string
	subnet bool // queries carry a random client subnet
}

func roles() []role {
	return []role{
		{"static", "one of 1,000 A records", false},
		{"nxdomain", "a name that is not there", false},
		{"priority", "the first of 4 endpoints that is up", false},
		{"performance", "the nearest of 20 sites to a random client subnet", true},
		{"weighted", "one of 4 endpoints by weight, with a random client subnet", true},
	}
}

// question is a query, ready but for its id, and what a right reply holds.
type question struct {
	wire  []byte
	rcode byte
	addrs [][4]byte // one of these is the first answer; none: no answer
}

// questions makes n queries of a role for a server that has the role's name in
// zone. They depend on the seed only, so every server is asked the same.
func questions(r role, zone string, n int, seed uint64) []question {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]question, n)
	for i := range out {
		name, addrs := pickName(r, rng)
		out[i].wire = appendQuery(nil, name+"."+zone, clientSubnet(r, rng))
		for _, a := range addrs {
			out[i].addrs = append(out[i].addrs, a.As4())
		}
		if len(addrs) == 0 {
			out[i].rcode = rcodeNameError
		}
	}
	return out
}

// pickName draws a name of a role and the addresses that may answer it.
func pickName(r role, rng *rand.Rand) (string, []netip.Addr) {
	switch r.name {
	case "static":
		i := rng.IntN(staticNames)
		return staticName(i), []netip.Addr{staticAddr(i)}
	case "nxdomain":
		return fmt.Sprintf("n%08x", rng.Uint32()), nil
	case "priority":
		return r.name, siteAddrs(1)
	case "weighted":
		return r.name, siteAddrs(4)
	default:
		return r.name, siteAddrs(len(sites()))
	}
}

// clientSubnet draws a /24 of public IPv4 space; the zero Addr for roles
// without one.
func clientSubnet(r role, rng *rand.Rand) netip.Addr {
	if !r.subnet {
		return netip.Addr{}
	}
	for {
		first := byte(1 + rng.IntN(223))
		if !slices.Contains([]byte{10, 100, 127, 169, 172, 192, 198, 203}, first) {
			return netip.AddrFrom4([4]byte{first, byte(rng.Uint32()), byte(rng.Uint32()), 0})
		}
	}
}

// appendQuery appends a query of type A with EDNS, and the subnet if there is
// one (RFC 1035 §4.1, RFC 6891 §6.1, RFC 7871 §6).
func appendQuery(b []byte, name string, subnet netip.Addr) []byte {
	b = append(b, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1)
	for _, label := range strings.Split(name, ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	b = append(b, 0, 0, typeA, 0, 1)
	b = append(b, 0, 0, typeOPT)
	b = binary.BigEndian.AppendUint16(b, payloadSize)
	b = append(b, 0, 0, 0, 0)
	if !subnet.IsValid() {
		return append(b, 0, 0)
	}
	addr := subnet.As4()
	return append(b, 0, 11, 0, optionSubnet, 0, 7, 0, 1, subnetBits, 0, addr[0], addr[1], addr[2])
}
