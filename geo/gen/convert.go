package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"meridian/geo/internal/compact"
	"meridian/routing"
)

// note tells users of the table what fillGaps did.
const note = "unrouted gaps take the country of their neighbours where both agree (up to an IPv4 /16, an IPv6 /28), and inside an IPv6 /32"

// convert turns the bytes of an mmdb file with country codes into a table file.
// Codes outside the hierarchy count as no country.
func convert(database []byte) ([]byte, error) {
	db, err := maxminddb.OpenBytes(database)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	var c converter
	for network := range db.Networks() {
		var record struct {
			Country string `maxminddb:"country_code"`
		}
		if err := network.Decode(&record); err != nil {
			return nil, fmt.Errorf("reading %s: %w", network.Prefix(), err)
		}
		if err := c.add(network.Prefix(), record.Country); err != nil {
			return nil, err
		}
	}
	c.table.Header = compact.Header{
		Source:    "iptoasn.com",
		Package:   packageName,
		Version:   packageVersion,
		Licence:   "PDDL-1.0",
		Note:      note,
		Built:     time.Unix(int64(db.Metadata.BuildEpoch), 0).UTC(),
		Countries: c.countries,
	}
	c.table.IPv4 = fillGaps(c.ipv4.close(), 16, 32)
	c.table.IPv6 = fillGaps(c.ipv6.close(), 28, 32)
	return compact.Encode(&c.table)
}

// converter collects the networks of a database, which come in order.
type converter struct {
	table      compact.Table
	countries  []string
	ipv4, ipv6 merger
}

func (c *converter) add(p netip.Prefix, code string) error {
	country, err := c.country(code)
	if err != nil {
		return err
	}
	if p.Addr().Is4() {
		a := p.Addr().As4()
		c.ipv4.add(uint64(binary.BigEndian.Uint32(a[:]))<<32, p.Bits(), country)
		return nil
	}
	if p.Bits() > 64 {
		return fmt.Errorf("network %s: want at most 64 bits", p)
	}
	a := p.Addr().As16()
	c.ipv6.add(binary.BigEndian.Uint64(a[:8]), p.Bits(), country)
	return nil
}

func (c *converter) country(code string) (uint8, error) {
	if len(code) != 2 || routing.GeoCode(code).Parent() == "" {
		return 0, nil
	}
	i := slices.Index(c.countries, code)
	if i < 0 {
		i = len(c.countries)
		c.countries = append(c.countries, code)
	}
	if i >= 255 {
		return 0, fmt.Errorf("country %s is one too many: want at most 255", code)
	}
	return uint8(i + 1), nil
}
