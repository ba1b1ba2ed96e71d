package configs

import (
	"encoding/json"
	"fmt"
	"io/fs"
)

// bundleFormat is the version of the form in which bundles are stored.
const bundleFormat = 1

// storedBundle is a Bundle as it is stored.
type storedBundle struct {
	Format   int               `json:"format"`
	Document json.RawMessage   `json:"document"`
	Files    map[string][]byte `json:"files,omitempty"`
	Hash     string            `json:"hash"`
}

// Encode returns the bundle as octets for DecodeBundle. A bundle whose document
// has errors has none.
func (b *Bundle) Encode() ([]byte, error) {
	if b.Document == nil {
		return nil, fmt.Errorf("encoding bundle: %w", errBroken)
	}
	stored := storedBundle{Format: bundleFormat, Document: b.Document, Hash: b.Hash}
	for _, f := range b.Files {
		if stored.Files == nil {
			stored.Files = map[string][]byte{}
		}
		stored.Files[f.Name] = f.Data
	}
	data, err := json.Marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("encoding bundle: %w", err)
	}
	return data, nil
}

// DecodeBundle reads what Encode returned and checks its hash. Problems of the
// document are reported under name and at the lines of its indented form.
func DecodeBundle(name string, data []byte) (*Bundle, error) {
	if limit := 3 * MaxBundle; len(data) > limit {
		return nil, fmt.Errorf("decoding bundle: %d octets: want at most %d", len(data), limit)
	}
	var stored storedBundle
	if err := json.Unmarshal(data, &stored); err != nil {
		return nil, fmt.Errorf("decoding bundle: %w", err)
	}
	if stored.Format != bundleFormat {
		return nil, fmt.Errorf("decoding bundle: format %d: want %d", stored.Format, bundleFormat)
	}
	b, err := NewBundle(name, indented(stored.Document), stored.read)
	if err != nil {
		return nil, fmt.Errorf("decoding bundle: %w", err)
	}
	if b.Document == nil {
		return nil, fmt.Errorf("decoding bundle: %w", b.r.sorted())
	}
	if b.Hash != stored.Hash {
		return nil, fmt.Errorf("decoding bundle: hash %q of the content: want %q, the stored one", b.Hash, stored.Hash)
	}
	return b, nil
}

// read returns a file of the bundle, as os.ReadFile would.
func (b *storedBundle) read(file string) ([]byte, error) {
	content, ok := b.Files[file]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: file, Err: fs.ErrNotExist}
	}
	return content, nil
}
