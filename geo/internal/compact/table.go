package compact

// Range begins at Start and ends before the next range of its family.
type Range struct {
	Start   uint64 // the first 64 bits of the address; IPv4 in the upper 32 of them
	Country uint8  // 0 none, else Header.Countries[Country-1]
}

// Table is a decoded file. Ranges are sorted, and no two neighbours have the
// same country; what lies before the first has none.
type Table struct {
	Header
	IPv4, IPv6 []Range
}

// unit is the granularity at which most ranges begin: /24 and /48. Distances
// that are whole multiples take fewer bytes.
type unit uint

const (
	unitIPv4 unit = 64 - 24
	unitIPv6 unit = 64 - 48
	// fineIPv4 is what every IPv4 distance is a multiple of.
	fineIPv4 unit = 64 - 32
	fineIPv6 unit = 0
)
