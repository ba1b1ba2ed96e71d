//go:build linux

package main

import "fmt"

func nsd() peer {
	return peer{
		name: "nsd", program: "nsd", version: []string{"-v"}, prepare: prepareNSD,
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
`, s.addr.Addr(), s.addr.Port(), s.dir, s.dir+"/pid", s.dir+"/xfrd.state", s.dir, s.dir+"/zone.list", zone)
	if err := s.write("nsd.conf", config); err != nil {
		return nil, err
	}
	return []string{"", "-d", "-c", s.dir + "/nsd.conf"}, s.write("zone", zoneText(zone))
}
