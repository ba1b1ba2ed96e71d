//go:build linux

package main

import "fmt"

func haproxy() peer {
	return peer{name: "haproxy", program: "haproxy", version: []string{"-v"}, prepare: prepareHAProxy}
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
`, s.addr, s.backends[0], s.backends[1])
	return []string{"", "-db", "-f", s.dir + "/haproxy.cfg"}, s.write("haproxy.cfg", config)
}
