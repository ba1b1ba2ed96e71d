package routing

import "fmt"

// Method is a traffic-routing method. The names are Azure Traffic Manager's.
type Method uint8

// The six traffic-routing methods (azure.md §1.6).
const (
	Performance Method = iota
	Priority
	Weighted
	Geographic
	MultiValue
	Subnet
)

// Methods lists the names of all methods, in the order of their constants.
func Methods() []string {
	return []string{"Performance", "Priority", "Weighted", "Geographic", "MultiValue", "Subnet"}
}

// ParseMethod reads a method's name, spelled exactly as Methods has it.
func ParseMethod(s string) (Method, error) {
	for i, name := range Methods() {
		if s == name {
			return Method(i), nil
		}
	}
	return 0, fmt.Errorf("traffic-routing method %q: want one of %v", s, Methods())
}

// String returns the method's name.
func (m Method) String() string {
	if names := Methods(); int(m) < len(names) {
		return names[m]
	}
	return fmt.Sprintf("Method(%d)", uint8(m))
}

// MarshalText implements encoding.TextMarshaler.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *Method) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMethod(string(text))
	return err
}
