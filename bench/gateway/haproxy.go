//go:build linux

package main

import (
	"fmt"

	"meridian/bench/rig"
)

func haproxy() peer {
	return peer{Program: rig.Program{Name: "haproxy", File: "haproxy", Version: []string{"-v"}}, prepare: prepareHAProxy}
}

func prepareHAProxy(s setup) ([]string, error) {
	config := fmt.Sprintf(`global
  nbthread 1
  maxconn 9900
  no-memory-trimming
defaults
  mode http
  maxconn 9900
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse always
  unique-id-format %%{+X}o\ %%ci:%%cp_%%fi:%%fp_%%Ts_%%rt:%%pid
  unique-id-header X-Request-Id
frontend front
  bind %s
  default_backend orders
backend orders
  balance roundrobin
  server one %s pool-max-conn 128
  server two %s pool-max-conn 128
`, s.Addr, s.backends[0], s.backends[1])
	return []string{"", "-db", "-f", s.Dir + "/haproxy.cfg"}, s.Write("haproxy.cfg", config)
}
