package secret

import "fmt"

// Name is what the plan calls a secret by, and a token is listed under.
type Name string

// maxName is the most characters of a name.
const maxName = 64

// ParseName reads a name: 1 to 64 letters, digits, dots, dashes and
// underscores, the first of them a letter or a digit.
func ParseName(s string) (Name, error) {
	if s == "" || len(s) > maxName || !alphanumeric(s[0]) {
		return "", nameError(s)
	}
	for i := range len(s) {
		if c := s[i]; !alphanumeric(c) && c != '.' && c != '-' && c != '_' {
			return "", nameError(s)
		}
	}
	return Name(s), nil
}

func nameError(s string) error {
	return fmt.Errorf("name %.80q: want 1 .. %d letters, digits, dots, dashes and underscores, beginning with a letter or a digit", s, maxName)
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
