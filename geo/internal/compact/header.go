package compact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Limits of a file, checked before anything is allocated for it.
const (
	maxHeader    = 16 << 10
	maxPayload   = 16 << 20 // bytes, unpacked
	maxRanges    = 2 << 20  // of one family
	maxCountries = 255
)

// magic is the first line of a file.
const magic = "meridian country table 1\n"

// Header says what a file holds and where it is from.
type Header struct {
	Source    string    `json:"source"`  // the data set
	Package   string    `json:"package"` // the package it was taken from
	Version   string    `json:"version"` // of that package
	Licence   string    `json:"licence"`
	Note      string    `json:"note"`      // what was done to the data
	Built     time.Time `json:"built"`     // when the source was built
	IPv4      int       `json:"ipv4"`      // ranges, those of no country among them
	IPv6      int       `json:"ipv6"`      // ranges, those of no country among them
	Countries []string  `json:"countries"` // ISO 3166-1 alpha-2; ranges refer to them from 1
	Size      int       `json:"size"`      // bytes of the payload, unpacked
	SHA256    string    `json:"sha256"`    // of the payload, unpacked
}

// ParseHeader reads the header of a file and returns what follows it.
func ParseHeader(file []byte) (Header, []byte, error) {
	var h Header
	rest, ok := bytes.CutPrefix(file, []byte(magic))
	if !ok {
		return h, nil, fmt.Errorf("country table: it does not begin with %q", magic)
	}
	end := bytes.IndexByte(rest[:min(len(rest), maxHeader)], '\n')
	if end < 0 {
		return h, nil, fmt.Errorf("country table: no header line within %d bytes", maxHeader)
	}
	if err := json.Unmarshal(rest[:end], &h); err != nil {
		return h, nil, fmt.Errorf("reading the header of the country table: %w", err)
	}
	return h, rest[end+1:], h.validate()
}

func (h *Header) validate() error {
	var errs []error
	check := func(field string, n, most int) {
		if n < 0 || n > most {
			errs = append(errs, fmt.Errorf("country table: %s %d: want 0 .. %d", field, n, most))
		}
	}
	check("ipv4", h.IPv4, maxRanges)
	check("ipv6", h.IPv6, maxRanges)
	check("countries", len(h.Countries), maxCountries)
	check("size", h.Size, maxPayload)
	for _, c := range h.Countries {
		if len(c) != 2 {
			errs = append(errs, fmt.Errorf("country table: country %q: want two letters", c))
		}
	}
	return errors.Join(errs...)
}
