//go:build linux

package main

import (
	"fmt"

	"meridian/bench/rig"
)

func caddy() peer {
	return peer{Program: rig.Program{Name: "caddy", File: "caddy", Version: []string{"version"}}, prepare: prepareCaddy}
}

func prepareCaddy(s setup) ([]string, error) {
	config := fmt.Sprintf(`{
	admin off
	auto_https off
	storage file_system %s/storage
	log {
		level ERROR
	}
}
http://:%d {
	bind 127.0.0.1
	reverse_proxy %s %s {
		lb_policy round_robin
		header_up X-Request-Id {http.request.uuid}
		transport http {
			compression off
			keepalive_idle_conns_per_host 128
		}
	}
}
`, s.Dir, s.Addr.Port(), s.backends[0], s.backends[1])
	return []string{"", "run", "--adapter", "caddyfile", "--config", s.Dir + "/Caddyfile"}, s.Write("Caddyfile", config)
}
