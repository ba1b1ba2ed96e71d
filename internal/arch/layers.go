package arch

import (
	"slices"
	"strings"
)

// layer is a row of the package table: what a package may import of ours.
type layer struct {
	path  string   // "x", or "x/..." for x's subpackages that have no row of their own
	allow []string // packages, or "x/..." for x and everything below; "*" for everything but node's own importers
	pure  bool     // no clock, randomness, sockets, log, lock
	only  string   // where not empty, the only packages that may import this one
}

// layers is the package table of the design. A package may also import its own
// subpackages, and a subpackage its siblings; a package without a row is a
// finding.
func layers() []layer {
	words := []string{"routing"}
	return []layer{
		{path: "routing", pure: true},
		{path: "intent", pure: true},
		{path: "gateway/breaker", pure: true},
		{path: "autoscale", pure: true},
		{path: "autoscale/driver"},
		{path: "dnswire"},
		{path: "resolver", allow: []string{"dnswire"}},
		{path: "store"},
		{path: "secret"},
		{path: "geo", allow: words},
		{path: "geo/...", allow: words},
		{path: "healthprobe", allow: words},
		{path: "healthprobe/...", allow: words},
		{path: "dnsserver", allow: []string{"routing", "dnswire"}},
		{path: "dnsserver/...", allow: []string{"routing", "dnswire"}},
		{path: "gateway", allow: words},
		{path: "gateway/...", allow: words},
		{path: "cluster"},
		{path: "cluster/..."},
		{path: "drill", allow: []string{"routing", "intent"}},
		{path: "configs", allow: []string{"routing", "dnswire", "gateway/policy", "autoscale"}},
		{path: "configs/...", allow: []string{"routing", "dnswire", "gateway/policy", "autoscale"}},
		{path: "admin", allow: []string{"routing", "intent", "drill"}},
		{path: "admin/api", allow: words},
		{path: "admin/client", allow: []string{"admin/api"}, only: "cmd/meridian demo e2e bench"},
		{path: "node", allow: []string{"*"}, only: "cmd/meridian e2e bench"},
		{path: "node/...", allow: []string{"*"}},
		{path: "demo", allow: []string{"admin/client", "admin/api", "dnswire", "routing"}, only: "cmd/meridian e2e"},
		{path: "cmd/meridian", allow: []string{"demo", "node", "configs", "configs/azure", "admin/client", "admin/api", "gateway/policy"}},
		{path: "e2e", allow: []string{"node", "configs", "admin/client", "admin/api"}},
		{path: "e2e/...", allow: []string{"node", "configs", "admin/client", "admin/api"}},
		{path: "bench", allow: []string{"node", "configs", "admin/client", "admin/api", "dnswire"}},
		{path: "bench/...", allow: []string{"node", "configs", "admin/client", "admin/api", "dnswire"}},
		{path: "internal/arch"},
		{path: "internal/notices"},
		{path: "internal/simnet"},
		{path: "internal/dnstest"},
		{path: "internal/leaktest"},
	}
}

// layerOf returns the row of a folder: its own, else its nearest ancestor's
// row for subpackages.
func layerOf(dir string) (layer, bool) {
	best := -1
	rows := layers()
	for i, row := range rows {
		if row.path == dir {
			return row, true
		}
		parent, ok := strings.CutSuffix(row.path, "/...")
		if ok && strings.HasPrefix(dir, parent+"/") && (best < 0 || len(row.path) > len(rows[best].path)) {
			best = i
		}
	}
	if best < 0 {
		return layer{}, false
	}
	return rows[best], true
}

// top returns the first element of a package's folder: the unit that owns it.
func top(dir string) string {
	first, _, _ := strings.Cut(dir, "/")
	return first
}

// mayImport reports whether the package in dir may import ours in target.
func (l layer) mayImport(dir, target string) bool {
	return related(dir, target) || slices.Contains(l.allow, target) || slices.Contains(l.allow, "*")
}

// related reports whether target is a subpackage of dir, or both are
// subpackages of one package that is not internal. A client never reaches into
// the server beside it: admin/client has admin/api only.
func related(dir, target string) bool {
	if strings.HasPrefix(target, dir+"/") {
		return target != "admin/client"
	}
	return top(dir) == top(target) && strings.Contains(target, "/") && top(dir) != "internal" && top(dir) != "admin"
}
