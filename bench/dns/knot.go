//go:build linux

package main

import (
	"fmt"
	"strings"
)

// geoZone is a zone of its own for Knot's geoip module, which every query to
// its zone passes through.
const geoZone = "geo.test"

func knot() peer {
	return peer{
		name: "knot", program: "knotd", version: []string{"-V"}, prepare: prepareKnot,
		means: map[string]string{"static": "zone file", "nxdomain": "zone file", "performance": "mod-geoip, by country"},
		zones: map[string]string{"performance": geoZone},
	}
}

func prepareKnot(s setup) ([]string, error) {
	module, use := "", ""
	if s.database != "" {
		module = fmt.Sprintf("mod-geoip:\n  - id: geo\n    config-file: %q\n    ttl: 30\n    mode: geodb\n    geodb-file: %q\n    geodb-key: country/iso_code\n", s.dir+"/geo.conf", s.database)
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
%s`, s.dir, s.addr.Addr(), s.addr.Port(), s.dir, module, zone, s.dir+"/zone", geoZone, s.dir+"/geozone", use)
	for name, text := range map[string]string{
		"knot.conf": config, "zone": zoneText(zone), "geozone": zoneText(geoZone, "performance A "+siteAddr(0).String()), "geo.conf": knotGeo(),
	} {
		if err := s.write(name, text); err != nil {
			return nil, err
		}
	}
	return []string{"", "-c", s.dir + "/knot.conf"}, nil
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
