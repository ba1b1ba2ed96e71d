package configs

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
)

// maxFiles is the most files a document names.
const maxFiles = 5000

// fileName is a file that a document names, and where.
type fileName struct {
	name string
	at   *path
}

// fileNames lists the files the document names, in its order.
func (b *Bundle) fileNames() []fileName {
	var out []fileName
	add := func(name string, at *path) {
		if name != "" {
			out = append(out, fileName{name, at})
		}
	}
	policies := func(d *PoliciesDocument, at *path) {
		if d != nil {
			add(d.File, at.key("policies").key("file"))
		}
	}
	add(b.doc.Geo.Latency, top("geo").key("latency"))
	for i := range b.doc.Backends {
		add(b.doc.Backends[i].TLS.CAFile, top("backends").item(i).key("tls").key("caFile"))
	}
	for i, f := range b.doc.Fragments {
		add(f.File, top("fragments").item(i).key("file"))
	}
	policies(b.doc.Policies, nil)
	for i := range b.doc.APIs {
		at := top("apis").item(i)
		policies(b.doc.APIs[i].Policies, at)
		for j := range b.doc.APIs[i].Operations {
			policies(b.doc.APIs[i].Operations[j].Policies, at.key("operations").item(j))
		}
	}
	return out
}

// readFiles reads the files the document names, each once.
func (b *Bundle) readFiles(read func(string) ([]byte, error)) {
	left, done := MaxBundle, map[string]bool{}
	for _, f := range b.fileNames() {
		if done[f.name] {
			continue
		}
		done[f.name] = true
		if len(done) > maxFiles {
			b.r.fail(f.at, "more than %d files: want at most that", maxFiles)
			return
		}
		if !filepath.IsLocal(filepath.FromSlash(f.name)) || f.name == bundleName {
			b.r.fail(f.at, "%s: want the relative path of a file in the document's folder or below, other than %s", quote(f.name), bundleName)
			continue
		}
		data, err := read(f.name)
		if err != nil {
			b.r.fail(f.at, "%s cannot be read: %v; want a file in the document's folder or below", quote(f.name), cause(err))
			continue
		}
		if left -= len(data); left < 0 {
			b.r.fail(f.at, "%s is larger than %d octets, alone or with the files before: want at most that for the document and its files together", quote(f.name), MaxBundle)
			return
		}
		b.Files = append(b.Files, File{Name: f.name, Data: data})
	}
	slices.SortFunc(b.Files, func(x, y File) int { return cmp.Compare(x.Name, y.Name) })
}

// cause strips the path of a file error: it is the one the document names.
func cause(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// authorities returns the certificates of a file in PEM form; nil where there is
// none.
func (c *compiler) authorities(name string, p *path) []byte {
	f := c.bundle.file(name)
	if f == nil {
		return nil
	}
	if !x509.NewCertPool().AppendCertsFromPEM(f.Data) {
		c.r.fail(p, "%s has no certificate in PEM form: want one or more", quote(name))
	}
	return bytes.Clone(f.Data)
}
