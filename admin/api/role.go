package api

import "fmt"

// Role says what a caller may do. Each includes the ones before it.
type Role string

// The roles.
const (
	Viewer   Role = "viewer"   // read all but the audit log
	Operator Role = "operator" // also toggles, drills, probes, and the audit log
	Admin    Role = "admin"    // also plan, secrets, tokens, nodes, keys
)

// ParseRole reads a role.
func ParseRole(s string) (Role, error) {
	if r := Role(s); r.rank() > 0 {
		return r, nil
	}
	return "", fmt.Errorf("role %q: want %s, %s or %s", s, Viewer, Operator, Admin)
}

// Allows reports whether the role includes another. No role includes the empty
// one, and an unknown one includes none.
func (r Role) Allows(need Role) bool {
	return need.rank() > 0 && r.rank() >= need.rank()
}

// rank orders the roles; 0 is none.
func (r Role) rank() int {
	switch r {
	case Viewer:
		return 1
	case Operator:
		return 2
	case Admin:
		return 3
	default:
		return 0
	}
}
