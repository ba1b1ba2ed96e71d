package expr

func variablesProperties() []property { return headersProperties() }

func variablesMethods() []method {
	return []method{
		{"GetValueOrDefault(string variableName|key) object", func(f *frame, a []value) (value, error) { return variableOr(a[0], a[1], Any, null()) }},
		{"GetValueOrDefault<T>(string variableName|key) T", func(f *frame, a []value) (value, error) {
			return variableOr(a[0], a[2], a[1].typ(), zero(a[1].typ()))
		}},
		{"GetValueOrDefault<T>(string variableName|key, T defaultValue) T", func(f *frame, a []value) (value, error) { return variableOr(a[0], a[2], a[1].typ(), a[3]) }},
		{"ContainsKey(string key) bool", func(f *frame, a []value) (value, error) {
			_, ok := f.x.Variables[a[1].s]
			return boolean(ok), nil
		}},
		{"TryGetValue(string key) object", func(f *frame, a []value) (value, error) { return variableAt(f, a[0], a[1]) }},
	}
}

// variableOr is GetValueOrDefault<T>: the default only where the variable is
// absent, a cast error where it is of another type.
func variableOr(x, key value, t Type, otherwise value) (value, error) {
	if key.k == kNull {
		return null(), nullArgument("key")
	}
	v, ok := x.o.(*Context).Variables[key.s]
	if !ok {
		return otherwise, nil
	}
	return unbox(internal(v), t)
}

func variableAt(_ *frame, x, i value) (value, error) {
	if i.k == kNull {
		return null(), nullArgument("key")
	}
	v, ok := x.o.(*Context).Variables[i.s]
	if !ok {
		return null(), keyError()
	}
	return internal(v), nil
}
