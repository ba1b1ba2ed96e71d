package store

import (
	"fmt"
	"strings"
)

// MaxName is the most bytes a blob's name may have.
const MaxName = 64

// checkName accepts lower-case letters, digits and hyphens, a letter first.
func checkName(name string) error {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	short := name != "" && len(name) <= MaxName
	if !short || !strings.ContainsRune(letters, rune(name[0])) || strings.Trim(name, letters+"0123456789-") != "" {
		return fmt.Errorf("state name %q: want a to z, 0 to 9 and hyphens, a letter first, at most %d bytes", name, MaxName)
	}
	return nil
}

func currentFile(name string) string  { return name + ".current" }
func previousFile(name string) string { return name + ".previous" }
func newFile(name string) string      { return name + ".new" }
func keptFile(name string) string     { return name + ".kept" } // the previous one, until it has its name
