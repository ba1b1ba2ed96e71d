package policy

import "fmt"

// Scope is what a document belongs to, from the outside in.
type Scope uint8

// The scopes. The zero Scope is the global one.
const (
	ScopeGlobal Scope = iota
	ScopeWorkspace
	ScopeProduct
	ScopeAPI
	ScopeOperation
)

// String returns the name as context.LastError.Scope has it.
func (s Scope) String() string {
	names := [...]string{"global", "workspace", "product", "api", "operation"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("scope(%d)", uint8(s))
}

// ParseScope is the inverse of String.
func ParseScope(name string) (Scope, error) {
	for s := ScopeGlobal; s <= ScopeOperation; s++ {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("scope %q: want global, workspace, product, api or operation", name)
}
