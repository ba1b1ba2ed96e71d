package main

import (
	"context"
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("o", "THIRD_PARTY_NOTICES", "file to write")
	flag.Parse()
	if err := run(context.Background(), *out); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string) error {
	text, err := generate(ctx, ".")
	if err != nil {
		return err
	}
	return os.WriteFile(out, text, 0o644)
}

// generate returns the notices of the module whose root is dir.
func generate(ctx context.Context, dir string) ([]byte, error) {
	modules, err := linked(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("listing linked modules: %w", err)
	}
	var notices []notice
	for _, m := range modules {
		n, err := m.notice()
		if err != nil {
			return nil, fmt.Errorf("reading licences of %s %s: %w", m.Path, m.Version, err)
		}
		notices = append(notices, n)
	}
	return render(notices), nil
}
