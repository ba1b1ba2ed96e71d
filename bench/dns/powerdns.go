//go:build linux

package main

import (
	"fmt"
	"strings"

	"meridian/bench/rig"
)

func powerdns() peer {
	return peer{
		Program: rig.Program{Name: "pdns", File: "pdns_server", Version: []string{"--version"}}, prepare: preparePowerDNS,
		means: map[string]string{"static": "bind backend", "nxdomain": "bind backend"},
	}
}

// powerdnsGeo is a second instance: in PowerDNS a zone lies in one backend.
func powerdnsGeo() peer {
	return peer{
		Program: rig.Program{Name: "pdns-geo", File: "pdns_server", Version: []string{"--version"}}, prepare: preparePowerDNSGeo,
		means: map[string]string{"performance": "geoip backend, by country"},
	}
}

// powerdnsConfig is what both instances have: one thread of each kind, caches
// as they come, and no question to its makers about security releases.
func powerdnsConfig(s setup, backend string) string {
	return fmt.Sprintf(`%s
local-address=%s
local-port=%d
receiver-threads=1
distributor-threads=1
daemon=no
guardian=no
socket-dir=%s
security-poll-suffix=
webserver=no
loglevel=3
`, backend, s.Addr.Addr(), s.Addr.Port(), s.Dir)
}

func preparePowerDNS(s setup) ([]string, error) {
	for name, text := range map[string]string{
		"pdns.conf":  powerdnsConfig(s, "launch=bind\nbind-config="+s.Dir+"/named.conf"),
		"named.conf": fmt.Sprintf("zone %q { type master; file %q; };\n", zone, s.Dir+"/zone"),
		"zone":       zoneText(zone),
	} {
		if err := s.Write(name, text); err != nil {
			return nil, err
		}
	}
	return []string{"", "--config-dir=" + s.Dir}, nil
}

func preparePowerDNSGeo(s setup) ([]string, error) {
	backend := "launch=geoip\ngeoip-zones-file=" + s.Dir + "/zones.yaml\nedns-subnet-processing=yes"
	if s.database != "" {
		backend += "\ngeoip-database-files=mmdb:" + s.database
	}
	if err := s.Write("pdns.conf", powerdnsConfig(s, backend)); err != nil {
		return nil, err
	}
	return []string{"", "--config-dir=" + s.Dir}, s.Write("zones.yaml", powerdnsZones())
}

// powerdnsZones gives each country the site nearest to it.
func powerdnsZones() string {
	var b strings.Builder
	fmt.Fprintf(&b, "domains:\n- domain: %s\n  ttl: 30\n  records:\n    %s:\n      - soa: ns1.%s hostmaster.%s 1 3600 600 86400 30\n      - ns: ns1.%s\n", zone, zone, zone, zone, zone)
	for _, c := range countries() {
		fmt.Fprintf(&b, "    %s.map.%s:\n      - a: %s\n", strings.ToLower(c.code), zone, siteAddr(nearest(c)))
	}
	fmt.Fprintf(&b, "  services:\n    performance.%s: ['%%cc.map.%s', 'us.map.%s']\n", zone, zone, zone)
	return b.String()
}
