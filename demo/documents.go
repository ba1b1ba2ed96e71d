package demo

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"errors"
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

// agreeTime is how long two nodes may take to tell each other what they found:
// a verdict needs both.
const agreeTime = time.Second

// failPromise is the longest time from the loss of a location to the first
// answer without it: azure.md §1.10, without the caches of resolvers, and what
// nodes need to agree.
const failPromise = probeInterval*(probeTolerated+1) + probeTimeout + agreeTime

// returnPromise is the longest time from the first answer of a gateway that
// returns to the first DNS answer with it.
const returnPromise = probeInterval + probeTimeout + probeHoldDown + agreeTime

// voteTime is how long the last word of a node that fell silent is its vote.
const voteTime = 10 * time.Second

// togglePromise is the longest time from an operator's word at any node to the
// answers of all (DESIGN §5: less than a second).
const togglePromise = time.Second

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
	Backend                      string // host:port
	GossipPort, PeerPort         int
	Interval, Timeout, Tolerated int
	HoldDown                     int
}

// nodeFile is the path of the node file of a place.
func nodeFile(dir string, p place) string { return filepath.Join(dir, string(p.ID)+".yaml") }

// writeDocuments writes the service document, the node files and the keys into
// dir; backends are those of places(), in order, as host:port.
func writeDocuments(dir string, o Options, backends []string) (documents, error) {
	t, err := template.New("").Funcs(template.FuncMap{"inc": func(i int) int { return i + 1 }}).ParseFS(templates, "*.tmpl")
	if err != nil {
		return documents{}, fmt.Errorf("reading templates: %w", err)
	}
	f := facts{
		Options: o, Places: places(), Tolerated: probeTolerated, GossipPort: o.gossipPort, PeerPort: o.peerPort,
		Interval: int(probeInterval.Seconds()), Timeout: int(probeTimeout.Seconds()), HoldDown: int(probeHoldDown.Seconds()),
	}
	d := documents{dir: dir, service: filepath.Join(dir, "service.yaml")}
	if err := errors.Join(writeKey(dir, "gossip.key"), writeKey(dir, "secrets.key"), fill(t, "service.yaml.tmpl", d.service, f)); err != nil {
		return documents{}, err
	}
	for i, p := range f.Places {
		f.Place, f.Backend = p, backends[i]
		f.Others = slices.DeleteFunc(places(), func(o place) bool { return o == p })
		if err := fill(t, "node.yaml.tmpl", nodeFile(dir, p), f); err != nil {
			return documents{}, err
		}
		d.nodes = append(d.nodes, nodeFile(dir, p))
	}
	return d, nil
}

// writeKey writes a key of 32 random octets.
func writeKey(dir, name string) error {
	var key [32]byte
	_, _ = rand.Read(key[:]) // it never fails
	return replaceFile(filepath.Join(dir, name), []byte(base64.StdEncoding.EncodeToString(key[:])+"\n"))
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
