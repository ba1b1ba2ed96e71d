package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/jmespath/go-jmespath"
	"go.yaml.in/yaml/v4"
)

// show writes a result: for people by table, or as JSON or YAML.
func (a *asker) show(w io.Writer, result any, table func(io.Writer)) error {
	if a.format == "table" && a.query == "" {
		table(w)
		return nil
	}
	plain, err := generic(result)
	if err != nil {
		return err
	}
	if a.query != "" {
		if plain, err = jmespath.Search(a.query, plain); err != nil {
			return fmt.Errorf("query %q: %w", a.query, err)
		}
	}
	if a.format == "yaml" {
		data, err := yaml.Marshal(plain)
		if err != nil {
			return fmt.Errorf("writing YAML: %w", err)
		}
		_, err = w.Write(data)
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(plain)
}

// generic returns a result with the names it has in JSON.
func generic(result any) (out any, err error) {
	data, err := json.Marshal(result)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	return out, err
}

// rows writes a table: a header and rows of cells.
func rows(w io.Writer, header []any, lines [][]any) {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, line := range append([][]any{header}, lines...) {
		for i, cell := range line {
			if i > 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprint(t, cell)
		}
		fmt.Fprintln(t)
	}
	_ = t.Flush() // a broken pipe is told by the exit of whoever reads
}
