package configs

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// MaxBundle is the most octets of a document and its files together.
const MaxBundle = 8 << 20

// bundleName is the file a Bundle's document is written to.
const bundleName = "service.json"

// Bundle is a service document and the files it names, in a form that is
// stored, compared and compiled. Comments, the order of keys and the spelling
// of values leave no trace in it.
type Bundle struct {
	Document []byte // canonical JSON; nil where the document has errors
	Files    []File // by name
	Hash     string // SHA-256 of Document and Files, in hex

	doc ServiceDocument
	r   *report // with what is wrong so far; Compile works on a copy
}

// LoadBundle reads the service document at name and the files it names, which
// lie in its folder or below. The error is Problems where the document is not
// YAML at all; everything else that is wrong is reported by Compile, so that an
// operator sees it at once.
func LoadBundle(name string) (*Bundle, error) {
	data, err := ReadDocument(name)
	if err != nil {
		return nil, fmt.Errorf("reading service document: %w", err)
	}
	return NewBundle(name, data, func(file string) ([]byte, error) { return readInside(filepath.Dir(name), file) })
}

// readInside reads a file of a folder; links that lead out of it are refused.
func readInside(dir, file string) (data []byte, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	f, err := openInside(root, filepath.FromSlash(file))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, MaxBundle+1))
}

// NewBundle makes a Bundle of a document that is known as name, and of the
// files that read returns for the relative names in it. Errors are those of
// LoadBundle.
func NewBundle(name string, data []byte, read func(file string) ([]byte, error)) (*Bundle, error) {
	r := newReport(&source{name: name, data: data})
	if r.root = parse(r.src, r); r.root == nil {
		return nil, r.sorted()
	}
	b := &Bundle{r: r}
	decode(r.root, &b.doc, r, nil)
	b.readFiles(read)
	if r.problems.Fatal() {
		return b, nil
	}
	document, err := canonical(&b.doc)
	if err != nil {
		return nil, fmt.Errorf("writing service document: %w", err)
	}
	b.Document = document
	b.Hash = b.hash()
	if size := b.size(); size > MaxBundle {
		r.fail(nil, "document and files of %d octets: want at most %d", size, MaxBundle)
	}
	if problem := oversize(document); problem != "" {
		r.fail(nil, "written out, %s", problem)
	}
	return b, nil
}

// canonical returns the one JSON form of a document.
func canonical(doc *ServiceDocument) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(doc)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// hash covers the lengths too, so that no two bundles run into each other.
func (b *Bundle) hash() string {
	h := sha256.New()
	add := func(part []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	add(b.Document)
	for _, f := range b.Files {
		add([]byte(f.Name))
		add(f.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (b *Bundle) size() int {
	size := len(b.Document)
	for _, f := range b.Files {
		size += len(f.Data)
	}
	return size
}

// file returns a file of the bundle; nil when it is not there.
func (b *Bundle) file(name string) *File {
	i, found := slices.BinarySearchFunc(b.Files, name, func(f File, name string) int { return cmp.Compare(f.Name, name) })
	if !found {
		return nil
	}
	return &b.Files[i]
}

// read returns a file of the bundle, as os.ReadFile would.
func (b *Bundle) read(name string) ([]byte, error) {
	f := b.file(name)
	if f == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f.Data, nil
}

// WriteTo writes the document as service.json, and the files it names, into
// dir, which is made if need be. LoadBundle of that service.json gives a Bundle
// with the same hash.
func (b *Bundle) WriteTo(dir string) error {
	if err := b.writeTo(dir); err != nil {
		return fmt.Errorf("writing bundle: %w", err)
	}
	return nil
}

func (b *Bundle) writeTo(dir string) error {
	if b.Document == nil {
		return errBroken
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	errs := []error{root.WriteFile(bundleName, indented(b.Document), 0o644)}
	for _, f := range b.Files {
		name := filepath.FromSlash(f.Name)
		errs = append(errs, root.MkdirAll(filepath.Dir(name), 0o755), root.WriteFile(name, f.Data, 0o644))
	}
	return errors.Join(append(errs, root.Close())...)
}

var errBroken = errors.New("its document has errors")

// indented returns JSON laid out for people, unless that would make it larger
// than a document may be.
func indented(document []byte) []byte {
	var buf bytes.Buffer
	if json.Indent(&buf, document, "", "  ") != nil || oversize(buf.Bytes()) != "" {
		return document
	}
	buf.WriteByte('\n')
	return buf.Bytes()
}

// Size returns the octets of the document and of the files it names.
func (b *Bundle) Size() int { return b.size() }

// Indented returns the document as JSON laid out for people.
func (b *Bundle) Indented() []byte { return indented(b.Document) }
