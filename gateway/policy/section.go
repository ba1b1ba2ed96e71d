package policy

// section is one of the four parts of a document.
type section uint8

const (
	inbound section = iota
	backend
	outbound
	onError
	sectionCount = 4
)

// String returns the section's element.
func (s section) String() string {
	return [sectionCount]string{"inbound", "backend", "outbound", "on-error"}[s]
}

// parseSection is the inverse of String.
func parseSection(name string) (section, bool) {
	for s := range section(sectionCount) {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}

// sections is a set of sections.
type sections uint8

const everywhere sections = 1<<sectionCount - 1

func in(list ...section) sections {
	var set sections
	for _, s := range list {
		set |= 1 << s
	}
	return set
}

func (set sections) has(s section) bool { return set&(1<<s) != 0 }

// String lists the sections.
func (set sections) String() string {
	var names []string
	for s := range section(sectionCount) {
		if set.has(s) {
			names = append(names, s.String())
		}
	}
	return list(names)
}
