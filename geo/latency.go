package geo

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"meridian/routing"
)

// Limits of a latency table file.
const (
	maxLatencyBytes  = 64 << 20
	maxLatencyRows   = 1_000_000
	maxLatencyMs     = 60_000
	maxLatencyErrors = 50 // reported at once
)

// LatencyTable holds measured round-trip times from clients to locations.
type LatencyTable struct {
	codes    map[routing.GeoCode]times
	networks map[netip.Prefix]times
}

// times holds round-trip times in ms.
type times map[routing.LocationName]float64

// ParseLatency reads a latency table: lines of "client,location,ms", in which
// client is a geographic code or a network. Blank lines, what follows a # and a
// first line that names the columns are skipped. Where several rows speak of a
// client and a location, the longest prefix wins, then the most specific code.
// Every fault is reported as name:line:column, up to 50 of them.
func ParseLatency(name string, data []byte) (*LatencyTable, error) {
	if len(data) > maxLatencyBytes {
		return nil, fmt.Errorf("%s: %d bytes: want at most %d", name, len(data), maxLatencyBytes)
	}
	p := latencyParser{name: name, table: &LatencyTable{
		codes:    make(map[routing.GeoCode]times),
		networks: make(map[netip.Prefix]times),
	}}
	for line := range strings.Lines(string(data)) {
		p.line++
		p.parseLine(line)
		if p.rows > maxLatencyRows {
			return nil, fmt.Errorf("%s:%d: more than %d rows", name, p.line, maxLatencyRows)
		}
		if len(p.errs) >= maxLatencyErrors {
			p.errs = append(p.errs, fmt.Errorf("%s:%d: too many faults, the rest is not read", name, p.line))
			break
		}
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return p.table, nil
}

// Locations lists the locations the table has times to, each once, in no
// particular order.
func (t *LatencyTable) Locations() []routing.LocationName {
	all := times{}
	for _, to := range t.codes {
		maps.Copy(all, to)
	}
	for _, to := range t.networks {
		maps.Copy(all, to)
	}
	return slices.Collect(maps.Keys(all))
}

type latencyParser struct {
	name  string
	line  int
	rows  int
	table *LatencyTable
	errs  []error
}

// fault reports what is wrong at a byte of the line, counted from 0.
func (p *latencyParser) fault(at int, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s:%d:%d: %s", p.name, p.line, at+1, fmt.Sprintf(format, args...)))
}

// column is a cell of a row, trimmed, and where it begins.
type column struct {
	text string
	at   int
}

func columns(line string) []column {
	var out []column
	at := 0
	for cell := range strings.SplitSeq(line, ",") {
		text := strings.TrimSpace(cell)
		out = append(out, column{text, at + strings.Index(cell, text)})
		at += len(cell) + 1
	}
	return out
}

func (p *latencyParser) parseLine(line string) {
	line, _, _ = strings.Cut(line, "#")
	if strings.TrimSpace(line) == "" {
		return
	}
	p.rows++
	cells := columns(line)
	if len(cells) != 3 {
		p.fault(0, "%d columns: want 3, client,location,ms", len(cells))
		return
	}
	if p.rows == 1 && cells[0].text == "client" {
		return
	}
	location := routing.ParseLocationName(cells[1].text)
	if location == "" {
		p.fault(cells[1].at, "location %q: want a name with a letter or digit", cells[1].text)
	}
	ms, err := strconv.ParseFloat(cells[2].text, 64)
	if err != nil || !(ms > 0 && ms <= maxLatencyMs) {
		p.fault(cells[2].at, "round-trip time %q: want ms, above 0 and at most %d", cells[2].text, maxLatencyMs)
	}
	p.enter(cells[0], location, ms)
}

// enter files a time under its client.
func (p *latencyParser) enter(client column, location routing.LocationName, ms float64) {
	if strings.Contains(client.text, "/") {
		p.enterNetwork(client, location, ms)
		return
	}
	code, err := routing.ParseGeoCode(client.text)
	if err != nil {
		p.fault(client.at, "client: want a network (198.51.100.0/24) or a code: %v", err)
		return
	}
	if !enter(p.table.codes, code, location, ms) {
		p.fault(client.at, "client %q has a time to %s already", client.text, location)
	}
}

func (p *latencyParser) enterNetwork(client column, location routing.LocationName, ms float64) {
	prefix, err := netip.ParsePrefix(client.text)
	if err == nil {
		err = checkPrefix(prefix)
	}
	switch {
	case err != nil:
		p.fault(client.at, "client %q: %v", client.text, err)
	case !enter(p.table.networks, prefix, location, ms):
		p.fault(client.at, "client %q has a time to %s already", client.text, location)
	}
}

// enter files a time under a key; false if there is one already.
func enter[K comparable](in map[K]times, client K, location routing.LocationName, ms float64) bool {
	to := in[client]
	if to == nil {
		to = make(times)
		in[client] = to
	}
	_, twice := to[location]
	to[location] = ms
	return !twice
}
