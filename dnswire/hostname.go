package dnswire

import (
	"fmt"
	"strings"
)

// ParseHostName reads the name of a host: labels of letters, digits, hyphens
// and underscores, none beginning or ending with a hyphen (RFC 1123 §2.1, with
// the underscore that targets such as _acme-challenge aliases carry). The last
// label is not all digits, so that no IP address passes for a name. Names in
// other scripts are written in their xn-- form.
func ParseHostName(s string) (Name, error) {
	name, err := ParseName(s)
	if err != nil {
		return "", err
	}
	if name == Root {
		return "", fmt.Errorf("host name %q: want at least one label", s)
	}
	labels := strings.Split(strings.TrimSuffix(string(name), "."), ".")
	for _, label := range labels {
		if err := checkHostLabel(label); err != nil {
			return "", fmt.Errorf("host name %q: %w", s, err)
		}
	}
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" {
		return "", fmt.Errorf("host name %q: last label %q is a number; want a name, not an address", s, last)
	}
	return name, nil
}

func checkHostLabel(label string) error {
	for i := range len(label) {
		if c := label[i]; !hostOctet(c) {
			if c == '\\' && i+1 < len(label) && digit(label[i+1]) {
				return fmt.Errorf("label %q: want letters, digits, - and _ (other scripts in their xn-- form)", label)
			}
			return fmt.Errorf("label %q holds %q: want letters, digits, - and _", label, c)
		}
	}
	if label[0] == '-' || label[len(label)-1] == '-' {
		return fmt.Errorf("label %q: want no hyphen at either end", label)
	}
	return nil
}

func hostOctet(c byte) bool {
	return c >= 'a' && c <= 'z' || digit(c) || c == '-' || c == '_'
}
