//go:build linux

package main

import (
	"fmt"
	"strings"

	"meridian/bench/rig"
)

// geoZone is a zone of its own for Knot's geoip module, which every query to
// its zone passes through.
const geoZone = "geo.test"

func knot() peer {
	return peer{
		Program: rig.Program{Name: "knot", File: "knotd", Version: []string{"-V"}}, prepare: prepareKnot,
		means: map[string]string{"static": "zone file", "nxdomain": "zone file", "performance": "mod-geoip, by country"},
		zones: map[string]string{"performance": geoZone},
	}
}

func prepareKnot(s setup) ([]string, error) {
	module, use := "", ""
	if s.database != "" {
		module = fmt.Sprintf("mod-geoip:\n  - id: geo\n    config-file: %q\n    ttl: 30\n    mode: geodb\n    geodb-file: %q\n    geodb-key: country/iso_code\n", s.Dir+"/geo.conf", s.database)
		use = "    module: mod-geoip/geo\n"
	}
	config := fmt.Sprintf(`server:
  rundir: %q
  listen: %s@%d
  udp-workers: 1
  edns-client-subnet: on
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: warning
database:
  storage: %q
%szone:
  - domain: %s
    file: %q
  - domain: %s
    file: %q
%s`, s.Dir, s.Addr.Addr(), s.Addr.Port(), s.Dir, module, zone, s.Dir+"/zone", geoZone, s.Dir+"/geozone", use)
	for name, text := range map[string]string{
		"knot.conf": config, "zone": zoneText(zone), "geozone": zoneText(geoZone, "performance A "+siteAddr(0).String()), "geo.conf": knotGeo(),
	} {
		if err := s.Write(name, text); err != nil {
			return nil, err
		}
	}
	return []string{"", "-c", s.Dir + "/knot.conf"}, nil
}

// knotGeo gives each country the site nearest to it.
func knotGeo() string {
	var b strings.Builder
	fmt.Fprintf(&b, "performance.%s.:\n", geoZone)
	for _, c := range countries() {
		fmt.Fprintf(&b, "  - geo: %s\n    A: %s\n", c.code, siteAddr(nearest(c)))
	}
	return b.String()
}
