package demo

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"text/template"
	"time"
)

// Probing in the demo, as it stands in its service document.
const (
	probeInterval  = time.Second
	probeTimeout   = time.Second
	probeTolerated = 2
	probeHoldDown  = time.Second // once a gateway has been stopped before
	answerTTL      = 5 * time.Second
)

// failPromise is the longest time from the death of a gateway to the first
// answer without it: azure.md §1.10, without the caches of resolvers.
const failPromise = probeInterval*(probeTolerated+1) + probeTimeout

// returnPromise is the longest time from the return of a gateway to the first
// answer with it.
const returnPromise = probeInterval + probeTimeout + probeHoldDown

//go:embed *.tmpl
var templates embed.FS

// documents are the files of the demo.
type documents struct {
	dir     string
	service string
	nodes   []string // of places(), in order
}

// facts fill the templates.
type facts struct {
	Options
	Places                       []place
	Place                        place
	Others                       []place
	Interval, Timeout, Tolerated int
	HoldDown                     int
}

// writeDocuments writes the service document and the node files into dir.
func writeDocuments(dir string, o Options) (documents, error) {
	t, err := template.New("").Funcs(template.FuncMap{"inc": func(i int) int { return i + 1 }}).ParseFS(templates, "*.tmpl")
	if err != nil {
		return documents{}, fmt.Errorf("reading templates: %w", err)
	}
	f := facts{
		Options: o, Places: places(), Tolerated: probeTolerated,
		Interval: int(probeInterval.Seconds()), Timeout: int(probeTimeout.Seconds()), HoldDown: int(probeHoldDown.Seconds()),
	}
	d := documents{dir: dir, service: filepath.Join(dir, "service.yaml")}
	if err := fill(t, "service.yaml.tmpl", d.service, f); err != nil {
		return documents{}, err
	}
	for _, f.Place = range f.Places {
		f.Others = slices.DeleteFunc(places(), func(p place) bool { return p == f.Place })
		name := filepath.Join(dir, string(f.Place.ID)+".yaml")
		if err := fill(t, "node.yaml.tmpl", name, f); err != nil {
			return documents{}, err
		}
		d.nodes = append(d.nodes, name)
	}
	return d, nil
}

func fill(t *template.Template, name, to string, f facts) error {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, f); err != nil {
		return fmt.Errorf("filling in %s: %w", name, err)
	}
	return replaceFile(to, b.Bytes())
}

// replaceFile writes a file as careful editors do: whole, or not at all.
func replaceFile(name string, data []byte) error {
	next := name + ".next"
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return fmt.Errorf("writing document: %w", err)
	}
	if err := os.Rename(next, name); err != nil {
		return fmt.Errorf("writing document: %w", err)
	}
	return nil
}
