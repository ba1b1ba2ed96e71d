package routing

import (
	"fmt"
	"strings"
)

// Issue is one thing wrong with a plan.
type Issue struct {
	Profile  ProfileName  // empty: the plan's locations
	Endpoint EndpointName // empty: the profile itself
	Field    string       // as the service document names it
	Value    string
	Problem  string // what is wrong and what is allowed
	Warning  bool   // the plan can be built all the same
}

// String writes the issue on one line.
func (i Issue) String() string {
	var b strings.Builder
	if i.Profile != "" {
		fmt.Fprintf(&b, "profile %q: ", i.Profile)
	}
	if i.Endpoint != "" {
		fmt.Fprintf(&b, "endpoint %q: ", i.Endpoint)
	}
	fmt.Fprintf(&b, "%s", i.Field)
	if i.Value != "" {
		fmt.Fprintf(&b, " %q", i.Value)
	}
	b.WriteString(": " + i.Problem)
	return b.String()
}

// Issues is everything wrong with a plan.
type Issues []Issue

// Error implements error, one line an issue.
func (is Issues) Error() string {
	lines := make([]string, len(is))
	for i := range is {
		lines[i] = is[i].String()
	}
	return strings.Join(lines, "\n")
}

// Errors returns the issues that are not warnings.
func (is Issues) Errors() Issues { return is.filter(false) }

// Warnings returns the issues that do not keep a plan from being built.
func (is Issues) Warnings() Issues { return is.filter(true) }

func (is Issues) filter(warning bool) Issues {
	var out Issues
	for _, i := range is {
		if i.Warning == warning {
			out = append(out, i)
		}
	}
	return out
}
