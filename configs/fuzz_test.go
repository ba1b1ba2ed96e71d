package configs_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"meridian/configs"
	"meridian/routing"
)

// seed adds the examples and the broken documents, whose names are their
// defects.
func seed(f *testing.F, node bool) {
	f.Helper()
	good, _ := filepath.Glob("*.yaml")
	bad, _ := filepath.Glob("testdata/invalid-*.yaml")
	added := 0
	for _, name := range append(good, bad...) {
		file := filepath.Base(name)
		if isNodeFile(file) != node {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		added++
	}
	if added == 0 {
		f.Fatal("no seeds")
	}
}

// checkProblems holds what every refusal must be: bounded, at a place, printable.
func checkProblems(t *testing.T, data []byte, err error) {
	t.Helper()
	var problems configs.Problems
	if !errors.As(err, &problems) || !problems.Fatal() {
		t.Fatalf("got error %v; want Problems that are not warnings only", err)
	}
	if most := configs.MaxProblems + configs.MaxWarnings; len(problems) > most+1 {
		t.Errorf("got %d problems; want at most %d and a last one", len(problems), most)
	}
	lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + strings.Count(string(data), "\u2028") +
		strings.Count(string(data), "\u2029") + strings.Count(string(data), "\u0085") + 1
	for _, p := range problems {
		inside := strings.HasPrefix(p.File, "service.") || strings.HasPrefix(p.File, "node.") // else a file that the document names
		if p.Line < 1 || p.Column < 1 || inside && p.Line > lines+1 || p.Message == "" {
			t.Errorf("%+v: want a place in the document, of %d lines, and a message", p, lines)
		}
	}
	if err := problems.Print(io.Discard); err != nil {
		t.Error(err)
	}
}

func FuzzServiceDocument(f *testing.F) {
	seed(f, false)
	f.Fuzz(func(t *testing.T, data []byte) {
		latency := func(string) ([]byte, error) { return []byte("DE,westeurope,14\n"), nil }
		bundle, err := configs.NewBundle("service.yaml", data, latency)
		if err != nil {
			checkProblems(t, data, err)
			return
		}
		service, err := bundle.Compile(configs.Options{Region: regions})
		if err != nil {
			checkProblems(t, data, err)
			return
		}
		if issues := routing.Check(service.Plan).Errors(); len(issues) > 0 {
			t.Errorf("routing refuses what was compiled: %v", issues)
		}
		stored, err := bundle.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := configs.DecodeBundle("plan", stored)
		if err != nil {
			t.Fatalf("a bundle that was encoded: %v", err)
		}
		if _, err := back.Compile(configs.Options{Region: regions}); err != nil {
			t.Errorf("a bundle that came back does not compile: %v\n%s", err, bundle.Document)
		}
	})
}

func FuzzNodeFile(f *testing.F) {
	seed(f, true)
	f.Fuzz(func(t *testing.T, data []byte) {
		node, err := configs.ParseNode("node.yaml", data, func(name string) (string, bool) { return "x", name == "X" })
		if err != nil {
			checkProblems(t, data, err)
			return
		}
		if node.Name == "" || node.Location == "" || node.Service == "" && node.Cluster == nil || len(node.DNS.Listen) == 0 || node.DNS.TCP.MaxConnections < 1 {
			t.Errorf("got a node that lacks something: %+v", node)
		}
		if g := node.Gateway; (g != nil) != node.Roles.Gateway || g != nil && (len(g.Listen) == 0 || len(g.Advertise) == 0) {
			t.Errorf("got gateway %+v with roles %+v; want all of it with the role and none without", g, node.Roles)
		}
		if c := node.Cluster; c != nil && (c.KeyFile == "" || c.Bind == "" || c.Streams == "") {
			t.Errorf("got cluster %+v; want its key file and where it listens", c)
		}
	})
}

func FuzzDecodeBundle(f *testing.F) {
	for _, name := range []string{"overrides.yaml", "service.yaml"} {
		bundle, err := configs.LoadBundle(name)
		if err != nil {
			f.Fatal(err)
		}
		data, err := bundle.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bundle, err := configs.DecodeBundle("plan", data)
		if err == nil && (bundle.Hash == "" || bundle.Document == nil) {
			t.Errorf("got a bundle without content: %+v", bundle)
		}
	})
}
