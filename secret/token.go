package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Role is what the holder of a token may do.
type Role string

// The roles. Each may do what those before it may.
const (
	Viewer   Role = "viewer"   // read
	Operator Role = "operator" // switch, drill
	Admin    Role = "admin"    // change the plan, secrets, keys and tokens
)

// ParseRole reads a role.
func ParseRole(s string) (Role, error) {
	switch r := Role(s); r {
	case Viewer, Operator, Admin:
		return r, nil
	}
	return "", fmt.Errorf("role %.40q: want viewer, operator or admin", s)
}

// Token is one version of what is known of a token. Its clear text is not: only
// the SHA-256 of it. When it was last used is known to each node by itself.
type Token struct {
	Name    Name      `json:"name"`
	Role    Role      `json:"role"`
	Hash    Hash      `json:"hash"`
	Version uint64    `json:"version"` // from 1
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // the zero time: never
	By      string    `json:"by"`
	Author  string    `json:"author"` // the node that wrote it; whoever takes records in compares it with their author
	Deleted bool      `json:"deleted,omitempty"`
}

// Live reports whether the token is good at a time.
func (t Token) Live(now time.Time) bool {
	return !t.Deleted && (t.Expires.IsZero() || now.Before(t.Expires))
}

// Displaces reports whether t makes o superfluous, as Secret.Displaces does. A
// deletion is a version like any other.
func (t Token) Displaces(o Token) bool {
	return displaces(edition{t.Version, t.Author}, edition{o.Version, o.Author}, t, o)
}

// Validate says what is wrong with a token.
func (t Token) Validate() error {
	_, nameErr := ParseName(string(t.Name))
	_, roleErr := ParseRole(string(t.Role))
	var expiryErr error
	if !t.Expires.IsZero() && t.Expires.Before(t.Created) {
		expiryErr = fmt.Errorf("token expires %s: want a time after it was made, %s", t.Expires.Format(time.RFC3339), t.Created.Format(time.RFC3339))
	}
	return errors.Join(nameErr, roleErr, expiryErr, checkOrigin(t.Version, t.By, t.Author, t.Created))
}

// Encode writes a token as the body of a record.
func (t Token) Encode() ([]byte, error) {
	if err := t.Validate(); err != nil {
		return nil, fmt.Errorf("writing token: %w", err)
	}
	return json.Marshal(t)
}

// DecodeToken reads a token.
func DecodeToken(b []byte) (Token, error) {
	var t Token
	if err := decode(b, &t); err != nil {
		return Token{}, fmt.Errorf("reading token: %w", err)
	}
	if err := t.Validate(); err != nil {
		return Token{}, fmt.Errorf("reading token: %w", err)
	}
	return t, nil
}
