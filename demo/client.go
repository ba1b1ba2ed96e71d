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
	out := []sampleClient{
		{Code: "US", Country: "United States"}, {Code: "CA", Country: "Canada"}, {Code: "MX", Country: "Mexico"},
		{Code: "DE", Country: "Germany"}, {Code: "FR", Country: "France"}, {Code: "GB", Country: "United Kingdom"},
		{Code: "SE", Country: "Sweden"}, {Code: "IT", Country: "Italy"}, {Code: "ZA", Country: "South Africa"},
		{Code: "JP", Country: "Japan"}, {Code: "KR", Country: "South Korea"}, {Code: "TW", Country: "Taiwan"},
		{Code: "CN", Country: "China"}, {Code: "AU", Country: "Australia"}, {Code: "NZ", Country: "New Zealand"},
	}
	for i, first := range [][2]byte{
		{128, 32}, {142, 150}, {132, 248}, {141, 20}, {193, 51}, {131, 111}, {130, 237}, {131, 114}, {146, 141},
		{133, 11}, {147, 46}, {140, 112}, {166, 111}, {128, 250}, {130, 216},
	} {
		out[i].Net = netip.PrefixFrom(netip.AddrFrom4([4]byte{first[0], first[1], 1, 0}), 24)
	}
	return out
}
