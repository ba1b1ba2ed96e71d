//go:build linux

package main

import (
	"fmt"
	"strings"

	"meridian/bench/rig"
)

func gdnsd() peer {
	return peer{
		Program: rig.Program{Name: "gdnsd", File: "gdnsd", Version: []string{"-v"}}, prepare: prepareGdnsd,
		means: map[string]string{
			"static": "zone file", "nxdomain": "zone file", "priority": "plugin metafo, 4 datacenters",
			"performance": "plugin geoip, city auto mode, 20 datacenters", "weighted": "plugin weighted, 4 addresses, drawn per query",
		},
	}
}

func prepareGdnsd(s setup) ([]string, error) {
	lines := []string{"priority 30 DYNA metafo!priority", "weighted 30 DYNA weighted!weighted"}
	plugins := gdnsdFixed()
	if s.database != "" {
		lines = append(lines, "performance 30 DYNA geoip!performance")
		plugins += gdnsdGeo(s.database)
	} else {
		lines = append(lines, "performance 30 A "+siteAddr(0).String())
	}
	config := fmt.Sprintf("options => {\n  listen => [ %s ], udp_threads => 1, tcp_threads => 1\n  run_dir => %s/run, state_dir => %s/state\n}\nplugins => {\n%s}\n",
		s.Addr, s.Dir, s.Dir, plugins)
	if err := s.Write("config", config); err != nil {
		return nil, err
	}
	for _, folder := range []string{"run", "state"} {
		if err := s.Write(folder+"/.keep", ""); err != nil {
			return nil, err
		}
	}
	return []string{"", "-c", s.Dir, "start"}, s.Write("zones/"+zone, zoneText(zone, lines...))
}

// gdnsdFixed is the plugins without geography.
func gdnsdFixed() string {
	var labels, addrs, weights strings.Builder
	for i, site := range sites()[:4] {
		fmt.Fprintf(&labels, "%s,", site.label)
		fmt.Fprintf(&addrs, "%s => %s,", site.label, siteAddr(i))
		fmt.Fprintf(&weights, "%s => [ %s, %d ],", site.label, siteAddr(i), 40-10*i)
	}
	return fmt.Sprintf("  metafo => { datacenters => [ %s ], resources => { priority => { dcmap => { %s } } } }\n  weighted => { weighted => { %s } }\n",
		strings.TrimSuffix(labels.String(), ","), addrs.String(), weights.String())
}

func gdnsdGeo(database string) string {
	var labels, coords, addrs strings.Builder
	for i, site := range sites() {
		fmt.Fprintf(&labels, "%s,", site.label)
		fmt.Fprintf(&coords, "%s => [ %.1f, %.1f ],", site.label, site.lat, site.lon)
		fmt.Fprintf(&addrs, "%s => %s,", site.label, siteAddr(i))
	}
	return fmt.Sprintf("  geoip => {\n    maps => { world => { geoip2_db => %s, datacenters => [ %s ], auto_dc_coords => { %s } } }\n"+
		"    resources => { performance => { map => world, dcmap => { %s } } }\n  }\n", database, strings.TrimSuffix(labels.String(), ","), coords.String(), addrs.String())
}
