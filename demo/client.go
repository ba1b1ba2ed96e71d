package demo

import "net/netip"

// sampleClient is a network of a well-known university or research network:
// its country does not change.
type sampleClient struct {
	Code    string // ISO 3166
	Country string
	Net     netip.Prefix // as a resolver sends it in EDNS client subnet
}

// sampleClients lists clients of fifteen countries.
func sampleClients() []sampleClient {
	return []sampleClient{
		{"US", "United States", university(128, 32)},
		{"CA", "Canada", university(142, 150)},
		{"MX", "Mexico", university(132, 248)},
		{"DE", "Germany", university(141, 20)},
		{"FR", "France", university(193, 51)},
		{"GB", "United Kingdom", university(131, 111)},
		{"SE", "Sweden", university(130, 237)},
		{"IT", "Italy", university(131, 114)},
		{"ZA", "South Africa", university(146, 141)},
		{"JP", "Japan", university(133, 11)},
		{"KR", "South Korea", university(147, 46)},
		{"TW", "Taiwan", university(140, 112)},
		{"CN", "China", university(166, 111)},
		{"AU", "Australia", university(128, 250)},
		{"NZ", "New Zealand", university(130, 216)},
	}
}

// university is one network of an institution's /16.
func university(a, b byte) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{a, b, 1, 0}), 24)
}
