//go:build linux

package main

import (
	"fmt"

	"meridian/bench/rig"
)

// meridian has what an operator has: an API with a pool of two and a breaker for
// each, request ids, metrics, and an access log that samples.
func meridian() peer {
	return peer{Program: rig.Program{Name: "meridian"}, prepare: prepareMeridian}
}

func prepareMeridian(s setup) ([]string, error) {
	node := fmt.Sprintf(`node: {name: bench-1, location: West Europe, roles: [gateway], dataDir: data}
gateway:
  listen: [{address: "%s"}]
  advertise: [127.0.0.1]
  backends: {allow: [127.0.0.0/8]}
  limits: {maxConnections: 20000}
  accessLog: {file: access.log, rate: 100}
log: {level: warn}
service: service.yaml
`, s.Addr)
	if err := s.Write("node.yaml", node); err != nil {
		return nil, err
	}
	return []string{"", "serve", "-c", "node.yaml"}, s.Write("service.yaml", meridianService(s))
}

func meridianService(s setup) string {
	const breaker = "circuitBreaker: {rules: [{name: failures, failureCondition: {count: 5, interval: PT1M, statusCodeRanges: [{min: 500, max: 599}], errorReasons: [Server errors]}, tripDuration: PT10S}]}"
	return fmt.Sprintf(`name: contoso
zone: gtm.test
nameServers: [{name: ns1.gtm.test, addresses: [127.0.0.1]}]
locations:
  - {name: West Europe, primary: true, gateways: [{name: bench-1, addresses: [127.0.0.1], port: %d}]}
backends:
  - {name: one, url: "http://%s", %s}
  - {name: two, url: "http://%s", %s}
  - {name: orders, type: Pool, pool: {services: [{id: one}, {id: two}]}}
apis:
  - {name: orders, path: /orders, backend: orders}
profiles: [{name: contoso, trafficRoutingMethod: Performance}]
`, s.Addr.Port(), s.backends[0], breaker, s.backends[1], breaker)
}
