package configs

import (
	"fmt"
	"strconv"
	"strings"
)

// Percent is a share, written as 50%.
type Percent int

func (p *Percent) set(_, text string) error {
	n, ok := parseWhole(strings.TrimSuffix(text, "%"))
	if !ok || !strings.HasSuffix(text, "%") || n < 1 || n > 100 {
		return fmt.Errorf("%s is no share", quote(text))
	}
	*p = Percent(n)
	return nil
}

func (Percent) want() string { return "a share such as 50%, 1% .. 100%" }

// MarshalText implements encoding.TextMarshaler.
func (p Percent) MarshalText() ([]byte, error) { return []byte(strconv.Itoa(int(p)) + "%"), nil }
