package expr

func matchedAt(_ *frame, x, i value) (value, error) {
	if i.k == kNull {
		return null(), nullArgument("key")
	}
	s, ok := x.o.(map[string]string)[i.s]
	if !ok {
		return null(), keyError()
	}
	return str(s), nil
}

func matchedProperties() []property { return headersProperties() }

func matchedMethods() []method {
	get := func(_ *frame, a []value) (value, error) {
		s, ok := a[0].o.(map[string]string)[a[1].s]
		if ok {
			return str(s), nil
		}
		if len(a) > 2 {
			return a[2], nil
		}
		return null(), nil
	}
	return []method{
		{"GetValueOrDefault(string key) string", get},
		{"GetValueOrDefault(string key, string defaultValue) string", get},
		{"ContainsKey(string key) bool", func(_ *frame, a []value) (value, error) {
			_, ok := a[0].o.(map[string]string)[a[1].s]
			return boolean(ok), nil
		}},
		{"TryGetValue(string key) string", func(f *frame, a []value) (value, error) { return matchedAt(f, a[0], a[1]) }},
	}
}
