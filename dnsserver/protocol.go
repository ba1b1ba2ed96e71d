package dnsserver

// headerSize is the length of a message header (RFC 1035 §4.1.1).
const headerSize = 12

// Bits of the second header word.
const (
	flagQR = 1 << 15
	flagAA = 1 << 10
	flagTC = 1 << 9
	flagRD = 1 << 8
	flagCD = 1 << 4
)

// Opcodes that are told apart; all but opQuery are refused.
const (
	opQuery = 0
	opDSO   = 6 // RFC 8490
)

// rcode is a response code, extended bits included (RFC 6891 §6.1.3).
type rcode uint16

const (
	rcodeSuccess   rcode = 0
	rcodeFormErr   rcode = 1
	rcodeServFail  rcode = 2
	rcodeNXDomain  rcode = 3
	rcodeNotImp    rcode = 4
	rcodeRefused   rcode = 5
	rcodeBadVers   rcode = 16
	rcodeBadCookie rcode = 23
)

// Record and question types that are told apart.
const (
	typeA      = 1
	typeNS     = 2
	typeCNAME  = 5
	typeSOA    = 6
	typePTR    = 12
	typeHINFO  = 13
	typeMX     = 15
	typeAAAA   = 28
	typeDNAME  = 39
	typeOPT    = 41
	typeDS     = 43
	typeHTTPS  = 65
	typeNXNAME = 128 // RFC 9824: stands in denial of existence only
	typeTKEY   = 249
	typeTSIG   = 250
	typeIXFR   = 251
	typeAXFR   = 252
	typeMAILB  = 253
	typeMAILA  = 254
	typeANY    = 255
)

const classIN = 1

// EDNS option codes.
const (
	optNSID        = 3  // RFC 5001
	optECS         = 8  // RFC 7871
	optCookie      = 10 // RFC 7873
	optKeepalive   = 11 // RFC 7828
	optEDE         = 15 // RFC 8914
	optZoneVersion = 19 // RFC 9660
)

// Transport is how a query came.
type Transport uint8

// The transports; both have the same answers.
const (
	UDP Transport = iota
	TCP
)

// String returns the transport's name in lower case, as metrics show it.
func (t Transport) String() string { return [...]string{"udp", "tcp"}[t] }
