package node

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"meridian/configs"
	"meridian/geo"
	"meridian/intent"
)

// CheckReport is what Check found in a file that can be served.
type CheckReport struct {
	Warnings configs.Problems
	Summary  string // what it holds, for people
}

// Check takes a file through every step that New takes up to binding sockets: a
// node file with the service document it names, or a service document alone.
func Check(path string) (CheckReport, error) {
	head, err := configs.ReadDocument(path)
	if err != nil {
		return CheckReport{}, fmt.Errorf("reading file: %w", err)
	}
	if !isNodeFile(head) {
		return checkService(path, nil)
	}
	c, err := configs.LoadNode(path, os.LookupEnv)
	if err != nil {
		return CheckReport{}, err
	}
	if err := c.CheckFiles(); err != nil {
		return CheckReport{}, err
	}
	if c.Service == "" {
		return CheckReport{Warnings: slices.Concat(c.Warnings, unanchored(path, c)), Summary: "node " + c.Name + ": its plan comes from the other nodes"}, nil
	}
	r, err := checkService(c.Service, c)
	r.Warnings = slices.Concat(c.Warnings, unanchored(path, c), r.Warnings)
	return r, err
}

// unanchored warns of a prober that nothing tells from an isolated one: where it
// is the only one, its bad news is believed (DESIGN §7).
func unanchored(path string, c *configs.Node) configs.Problems {
	if !c.Roles.Probe || len(c.Probe.References) > 0 {
		return nil
	}
	return configs.Problems{{
		File: path, Line: 1, Column: 1, Path: "probe.references", Warning: true,
		Message: "none are given: when this node loses its network it takes every target for down; " +
			"list 1 to 16 addresses that answer, such as the name servers of the parent zone",
	}}
}

// isNodeFile tells a node file by the keys that it alone has at its top.
func isNodeFile(data []byte) bool {
	for line := range bytes.Lines(data) {
		if bytes.HasPrefix(bytes.TrimLeft(line, " \t{"), []byte(`"node":`)) {
			return true
		}
		for _, key := range []string{"node:", "dns:", "probe:", "resolver:", "gateway:", "cluster:", "admin:", "log:", "planSource:", "service:"} {
			if bytes.HasPrefix(line, []byte(key)) {
				return true
			}
		}
	}
	return false
}

func checkService(path string, c *configs.Node) (CheckReport, error) {
	b, err := configs.LoadBundle(path)
	if err != nil {
		return CheckReport{}, err
	}
	compiler := &compiler{atlas: openAtlas, log: slog.New(slog.DiscardHandler)}
	if c != nil {
		compiler.databases, compiler.node = c.Geo.Databases, c
	}
	g, err := compiler.compile(b, path, intent.PlanVersion{Term: 1, Seq: 1}, nil)
	if err != nil {
		return CheckReport{}, err
	}
	if _, err := g.targets(); err != nil {
		return CheckReport{}, err
	}
	for _, d := range g.geo.Databases() {
		if d.SHA256 == "" {
			return CheckReport{}, fmt.Errorf("geo database %s cannot be used: %s", d.Path, d.Error)
		}
	}
	return CheckReport{Warnings: g.service.Warnings, Summary: g.summary()}, nil
}

func (g *generation) summary() string {
	t := g.structure.Clients()
	return fmt.Sprintf("service %s: %d profiles, %d endpoints, %d locations, %d targets to probe, %d client blocks in %d classes",
		g.service.Name, len(g.service.Plan.Profiles), len(g.service.Switches.Endpoints), len(g.service.Places),
		len(g.service.Monitors), t.Len(), t.Classes())
}

// EmbeddedGeo says what the embedded table of client locations is, and under
// what licence.
func EmbeddedGeo() (string, error) {
	origin, err := geo.Embedded()
	return fmt.Sprint(origin), err
}
