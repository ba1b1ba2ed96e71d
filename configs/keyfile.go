package configs

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// maxKeys is the most keys of a file.
const maxKeys = 8

// ReadGossipKeys reads a cluster.keyFile: keys of 16, 24 or 32 octets, the first
// encrypts. Errors name the line, never what is on it.
func ReadGossipKeys(name string) ([][]byte, error) { return readKeys(name, 16, 24, 32) }

// ReadSecretsKeys reads a node.secretsKeyFile: keys of 32 octets, the first
// seals. Errors name the line, never what is on it.
func ReadSecretsKeys(name string) ([][]byte, error) { return readKeys(name, 32) }

// readKeys reads a file of keys, one a line; blank lines and those that begin
// with # are passed over.
func readKeys(name string, lengths ...int) ([][]byte, error) {
	data, err := ReadPrivate(name)
	if err != nil {
		return nil, fmt.Errorf("reading key file: %w", err)
	}
	keys, err := parseKeys(data, lengths)
	if err != nil {
		return nil, fmt.Errorf("reading key file %s: %w", name, err)
	}
	return keys, nil
}

func parseKeys(data []byte, lengths []int) ([][]byte, error) {
	var out [][]byte
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		text := strings.TrimSpace(line)
		if text == "" || text[0] == '#' {
			continue
		}
		key := parseKey(text, lengths)
		switch {
		case key == nil:
			return nil, fmt.Errorf("line %d is no key: want %s octets in base64 or hexadecimal digits", n, spelled(lengths))
		case slices.ContainsFunc(out, func(k []byte) bool { return bytes.Equal(k, key) }):
			return nil, fmt.Errorf("line %d is a key that is there already: want each key once", n)
		}
		out = append(out, key)
	}
	if len(out) == 0 || len(out) > maxKeys {
		return nil, fmt.Errorf("%d keys: want 1 .. %d, one a line", len(out), maxKeys)
	}
	return out, nil
}

// parseKey reads a key of one of the lengths; nil where it is none. What has
// hexadecimal digits only is read as such first.
func parseKey(text string, lengths []int) []byte {
	if raw, err := hex.DecodeString(text); err == nil && slices.Contains(lengths, len(raw)) {
		return raw
	}
	trimmed := strings.TrimRight(text, "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if raw, err := encoding.DecodeString(trimmed); err == nil && slices.Contains(lengths, len(raw)) {
			return raw
		}
	}
	return nil
}

// spelled lists lengths: "16, 24 or 32".
func spelled(lengths []int) string {
	var b strings.Builder
	for i, n := range lengths {
		switch {
		case i > 0 && i == len(lengths)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprint(&b, n)
	}
	return b.String()
}
