package geo

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

// Limits of a database file.
const (
	maxDatabaseBytes = 1 << 30
	maxRecords       = 4 << 20 // different ones
	layoutSample     = 10_000  // records looked at to find the layout
)

// contents is what a database file says of itself.
type contents struct {
	kind     string // its database_type
	layout   layout
	built    time.Time
	networks int
}

// readDatabase verifies an mmdb file and turns it into a layer. Nothing of the
// file is kept.
func readDatabase(file []byte, from source) (*layer, contents, error) {
	var about contents
	db, err := maxminddb.OpenBytes(file)
	if err != nil {
		return nil, about, fmt.Errorf("opening: %w", err)
	}
	if len(db.Metadata.Description) == 0 {
		// Verify wants one, which neither the format nor we do: the flat
		// files come without.
		db.Metadata.Description = map[string]string{"en": db.Metadata.DatabaseType}
	}
	if err := db.Verify(); err != nil {
		return nil, about, fmt.Errorf("verifying: %w", err)
	}
	// Verify has seen that the tree lies within the file.
	t := tree{file, uint64(db.Metadata.NodeCount), db.Metadata.RecordSize}
	if err := t.check(); err != nil {
		return nil, about, fmt.Errorf("verifying: %w", err)
	}
	about.kind = db.Metadata.DatabaseType
	about.built = time.Unix(int64(db.Metadata.BuildEpoch), 0).UTC()
	if about.layout, err = findLayout(db); err != nil {
		return nil, about, err
	}
	r := databaseReader{layout: about.layout, from: from, facts: newFactList(), ids: make(map[uintptr]uint32)}
	for network := range db.Networks() {
		if err := r.add(network); err != nil {
			return nil, about, err
		}
	}
	about.networks = r.networks
	return &layer{r.ipv4.close(), r.ipv6.close(), r.facts.list}, about, nil
}

// findLayout returns the layout of the first record that shows one.
func findLayout(db *maxminddb.Reader) (layout, error) {
	seen := 0
	for network := range db.Networks() {
		var rec record
		if err := network.Decode(&rec); err != nil {
			return 0, fmt.Errorf("reading a record: %w", err)
		}
		if l := rec.layout(); l != layoutUnknown {
			return l, nil
		}
		if seen++; seen == layoutSample {
			break
		}
	}
	return 0, fmt.Errorf("database type %q: want records of a country or city database of MaxMind, DB-IP or IPinfo", db.Metadata.DatabaseType)
}

// databaseReader collects the networks of a database, which come in order.
type databaseReader struct {
	layout     layout
	from       source
	facts      factList
	ids        map[uintptr]uint32 // by the record's place in the file
	ipv4, ipv6 merger
	networks   int
}

func (r *databaseReader) add(network maxminddb.Result) error {
	r.networks++
	id, err := r.fact(network)
	if err != nil {
		return err
	}
	p := network.Prefix().Masked()
	if p.Addr().Is4() {
		return r.ipv4.add(p, id)
	}
	if p.Bits() < 96 && p.Addr() == netip.IPv6Unspecified() {
		// A leaf above the subtree in which IPv4 lives speaks for it too.
		if err := r.ipv4.add(netip.PrefixFrom(netip.IPv4Unspecified(), 0), id); err != nil {
			return err
		}
	}
	return r.ipv6.add(p, id)
}

// fact returns the id of what a network's record says.
func (r *databaseReader) fact(network maxminddb.Result) (uint32, error) {
	id, ok := r.ids[network.Offset()]
	if ok {
		return id, nil
	}
	if len(r.ids) == maxRecords {
		return 0, fmt.Errorf("more than %d different records", maxRecords)
	}
	var rec record
	if err := network.Decode(&rec); err != nil {
		return 0, fmt.Errorf("reading the record of %s: %w", network.Prefix(), err)
	}
	id = r.facts.id(rec.fact(r.layout, r.from))
	r.ids[network.Offset()] = id
	return id, nil
}

// merger joins networks that come in order into steps.
type merger struct {
	steps steps
	next  key // where the last network ended
	full  bool
}

var errOrder = errors.New("the networks of the database overlap or are out of order")

func (m *merger) add(p netip.Prefix, value uint32) error {
	first, last := keysOf(p)
	if m.full || first.less(m.next) {
		return errOrder
	}
	m.steps = m.steps.push(m.next, 0).push(first, value)
	next, more := last.next()
	m.next, m.full = next, !more
	return nil
}

func (m *merger) close() steps {
	if m.full {
		return m.steps
	}
	return m.steps.push(m.next, 0)
}
