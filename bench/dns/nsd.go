//go:build linux

package main

import (
	"fmt"

	"meridian/bench/rig"
)

func nsd() peer {
	return peer{
		Program: rig.Program{Name: "nsd", File: "nsd", Version: []string{"-v"}}, prepare: prepareNSD,
		means: map[string]string{"static": "zone file", "nxdomain": "zone file"},
	}
}

func prepareNSD(s setup) ([]string, error) {
	config := fmt.Sprintf(`server:
  server-count: 1
  ip-address: %s@%d
  username: ""
  chroot: ""
  zonesdir: %q
  database: ""
  pidfile: %q
  xfrdfile: %q
  xfrdir: %q
  zonelistfile: %q
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: %s
  zonefile: zone
`, s.Addr.Addr(), s.Addr.Port(), s.Dir, s.Dir+"/pid", s.Dir+"/xfrd.state", s.Dir, s.Dir+"/zone.list", zone)
	if err := s.Write("nsd.conf", config); err != nil {
		return nil, err
	}
	return []string{"", "-d", "-c", s.Dir + "/nsd.conf"}, s.Write("zone", zoneText(zone))
}
