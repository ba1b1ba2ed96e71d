//go:build linux

package main

import (
	"fmt"
	"strings"

	"meridian/bench/rig"
)

func meridian() peer {
	return peer{
		Program: rig.Program{Name: "meridian"}, prepare: prepareMeridian,
		means: map[string]string{
			"static": "records", "nxdomain": "records", "priority": "Priority, 4 endpoints",
			"performance": "Performance, 20 endpoints", "weighted": "Weighted, 4 endpoints, by client subnet",
		},
	}
}

func prepareMeridian(s setup) ([]string, error) {
	geo := ""
	if s.database != "" {
		geo = fmt.Sprintf("geo: {databases: [%q]}\n", s.database)
	}
	node := fmt.Sprintf(`node: {name: bench, location: West Europe, roles: [dns], dataDir: data}
dns: {listen: ["%s"], rateLimit: {enabled: false}}
%slog: {level: warn}
service: service.yaml
`, s.Addr, geo)
	if err := s.Write("node.yaml", node); err != nil {
		return nil, err
	}
	return []string{"", "serve", "-c", "node.yaml"}, s.Write("service.yaml", meridianService())
}

func meridianService() string {
	var b strings.Builder
	fmt.Fprintf(&b, "name: contoso\nzone: %s\nnameServers: [{name: ns1.%s, addresses: [127.0.0.1]}]\nprofiles:\n", zone, zone)
	all := sites()
	for _, p := range []struct {
		name, method string
		n            int
	}{{"priority", "Priority", 4}, {"performance", "Performance", len(all)}, {"weighted", "Weighted", 4}} {
		fmt.Fprintf(&b, "  - name: %s\n    trafficRoutingMethod: %s\n    ttl: 30\n    endpoints:\n", p.name, p.method)
		for i, site := range all[:p.n] {
			fmt.Fprintf(&b, "      - {name: %s, target: %s, alwaysServe: Enabled, weight: %d, priority: %d, endpointLocation: %s}\n",
				site.label, siteAddr(i), 40-10*(i%4), i+1, site.location)
		}
	}
	b.WriteString("records: |\n")
	for line := range strings.Lines(staticText()) {
		b.WriteString("  " + line)
	}
	return b.String()
}
