package expr

func tokenProperties() []property {
	row := func(sig string, get func(t *Token) value) property {
		return property{sig, func(_ *frame, v value) (value, error) { return get(v.token()), nil }}
	}
	return []property{
		row("Type JTokenType", func(t *Token) value { return enum(kJTokenType, t.typeNumber()) }),
		row("HasValues bool", func(t *Token) value { return boolean(len(t.items) > 0) }),
		row("Count int", func(t *Token) value { return integer(int32(len(t.items))) }),
		row("First JToken", func(t *Token) value { return edge(t, 0) }),
		row("Last JToken", func(t *Token) value { return edge(t, len(t.items)-1) }),
		row("Parent JToken", func(t *Token) value { return tokenValue(t.parent) }),
		row("Root JToken", func(t *Token) value {
			for t.parent != nil {
				t = t.parent
			}
			return tokenValue(t)
		}),
		{"Value object", func(_ *frame, v value) (value, error) {
			t := v.token()
			if t.k == kJProperty {
				return edge(t, 0), nil
			}
			return t.val, nil
		}},
	}
}

func edge(t *Token, i int) value {
	if i < 0 || i >= len(t.items) {
		return null()
	}
	return tokenValue(t.items[i])
}

func jpropertyProperties() []property {
	return []property{
		{"Name string", func(_ *frame, v value) (value, error) { return str(v.token().name), nil }},
		{"Value JToken", func(_ *frame, v value) (value, error) { return edge(v.token(), 0), nil }},
	}
}

func tokenMethods() []method {
	return []method{
		{"Value<T>() T", func(_ *frame, a []value) (value, error) { return valueAs(a[0].token(), a[1].typ()) }},
		{"ToObject<T>() T", func(_ *frame, a []value) (value, error) { return objectAs(a[0].token(), a[1].typ()) }},
		{"Value<T>(object key) T", func(f *frame, a []value) (value, error) {
			t, err := tokenByAny(f, a[0], a[2])
			if err != nil {
				return t, err
			}
			return valueAs(t.token(), a[1].typ())
		}},
		{"ToString(Formatting formatting) string", func(f *frame, a []value) (value, error) { return f.json(a[0].token(), a[1].n == 1) }},
		{"ToString(string format) string", formatMethod},
		{"SelectToken(string path) JToken", func(_ *frame, a []value) (value, error) { return selectToken(a[0].token(), a[1].s, false) }},
		{"SelectToken(string path, bool errorWhenNoMatch) JToken", func(_ *frame, a []value) (value, error) {
			return selectToken(a[0].token(), a[1].s, a[2].bool())
		}},
		{"SelectTokens(string path) IEnumerable<JToken>", func(f *frame, a []value) (value, error) { return selectTokens(f, a[0].token(), a[1].s) }},
		{"Children() IEnumerable<JToken>", func(_ *frame, a []value) (value, error) { return object(kSeq, &list{tokenItems(a[0].token())}), nil }},
		{"Values() IEnumerable<JToken>", func(_ *frame, a []value) (value, error) { return object(kSeq, &list{tokenItems(a[0].token())}), nil }},
		{"DeepClone() JToken", func(f *frame, a []value) (value, error) {
			if err := charge(f, a[0].token()); err != nil {
				return null(), err
			}
			return tokenValue(a[0].token().clone()), nil
		}},
		{"Replace(JToken value) void", replaceToken},
		{"Remove() void", func(_ *frame, a []value) (value, error) {
			t := a[0].token()
			if t.parent != nil && t.parent.k == kJProperty {
				t = t.parent
			}
			t.remove()
			return null(), nil
		}},
	}
}

// charge takes steps for the tokens of t, before they are copied or walked.
func charge(f *frame, t *Token) error {
	if t == nil {
		return nil
	}
	return f.step(t.size())
}

func replaceToken(f *frame, a []value) (value, error) {
	t, with := a[0].token(), orNullToken(a[1])
	up := t.parent
	if up == nil {
		return null(), fail(Invalid, "The parent is missing.")
	}
	if err := put(f, up, with); err != nil {
		return null(), err
	}
	with = with.own(up)
	for i, it := range up.items {
		if it == t {
			up.items[i], with.parent, t.parent = with, up, nil
			break
		}
	}
	return null(), nil
}

// orNullToken is a value's token, JSON's null for null.
func orNullToken(v value) *Token {
	if t := v.token(); t != nil {
		return t
	}
	return tokenOf(v)
}

// put accounts for putting v under t and refuses what would nest too deep.
func put(f *frame, t, v *Token) error {
	if err := f.step(1 + len(t.items)/16); err != nil {
		return err
	}
	if err := charge(f, v); err != nil {
		return err
	}
	if t.depth() > 4*maxJSON {
		return fail(Limit, "The JSON is nested too deep.")
	}
	return nil
}

// valueAs is Value<T>(): null is T's default.
func valueAs(t *Token, to Type) (value, error) {
	if t == nil || t.k == kJValue && t.val.k == kNull && !to.json() {
		return zero(to), nil
	}
	if to.json() || to == Any {
		return unbox(tokenValue(t), to)
	}
	if t.k == kJProperty {
		return valueAs(edge(t, 0).token(), to)
	}
	if t.k != kJValue {
		return null(), fail(Cast, "Cannot cast "+fullName(t.k)+" to "+fullName(kJToken)+".")
	}
	return convertScalar(t.val, to.plain())
}

// objectAs is ToObject<T>(): arrays and lists of scalars besides.
func objectAs(t *Token, to Type) (value, error) {
	if t.k != kJArray || to.json() || to == Any {
		return valueAs(t, to)
	}
	elem := to.elem()
	out := make([]value, len(t.items))
	for i, it := range t.items {
		v, err := valueAs(it, elem)
		if err != nil {
			return v, err
		}
		out[i] = v
	}
	if to.is(kList) || to.is(kSeq) {
		return object(to.kind(), &list{out}), nil
	}
	return arrayOf(elem, out), nil
}

func objectTokenMethods() []method {
	return []method{
		{"Add(string propertyName, JToken value) void", func(f *frame, a []value) (value, error) {
			return addProperty(f, a[0].token(), a[1].s, orNullToken(a[2]))
		}},
		{"Add(object content) void", func(f *frame, a []value) (value, error) { return null(), addContent(f, a[0].token(), a[1]) }},
		{"Remove(string propertyName) bool", func(_ *frame, a []value) (value, error) {
			p := a[0].token().property(a[1].s)
			if p != nil {
				p.remove()
			}
			return boolean(p != nil), nil
		}},
		{"ContainsKey(string propertyName) bool", func(_ *frame, a []value) (value, error) {
			return boolean(a[0].token().property(a[1].s) != nil), nil
		}},
		{"Property(string name) JProperty", func(_ *frame, a []value) (value, error) { return tokenValue(a[0].token().property(a[1].s)), nil }},
		{"Properties() IEnumerable<JProperty>", func(_ *frame, a []value) (value, error) { return object(kSeq, &list{tokenItems(a[0].token())}), nil }},
		{"GetValue(string propertyName) JToken", func(_ *frame, a []value) (value, error) { return tokenValue(a[0].token().get(a[1].s)), nil }},
		{"GetValue(string propertyName, StringComparison comparison) JToken", func(_ *frame, a []value) (value, error) {
			return tokenValue(a[0].token().getFolded(a[1].s, a[2].int())), nil
		}},
		{"TryGetValue(string propertyName) JToken", func(_ *frame, a []value) (value, error) {
			if t := a[0].token().get(a[1].s); t != nil {
				return tokenValue(t), nil
			}
			return null(), keyError()
		}},
		{"Merge(object content) void", func(f *frame, a []value) (value, error) {
			from := a[1].token()
			if err := charge(f, from); err != nil || from == nil {
				return null(), err
			}
			for _, p := range from.items {
				if p.k == kJProperty && len(p.items) > 0 {
					a[0].token().set(p.name, p.items[0].clone())
				}
			}
			return null(), nil
		}},
	}
}

func addProperty(f *frame, obj *Token, name string, v *Token) (value, error) {
	if obj.property(name) != nil {
		return null(), fail(Argument, "Can not add property "+name+" to Newtonsoft.Json.Linq.JObject. Property with the same name already exists on object.")
	}
	if err := put(f, obj, v); err != nil {
		return null(), err
	}
	obj.set(name, v)
	return null(), nil
}

// addContent adds a property to an object, or anything to an array.
func addContent(f *frame, t *Token, v value) error {
	it := orNullToken(v)
	if err := put(f, t, it); err != nil {
		return err
	}
	switch {
	case t.k == kJArray && it.k == kJProperty:
		return fail(Argument, "Can not add Newtonsoft.Json.Linq.JProperty to Newtonsoft.Json.Linq.JArray.")
	case t.k == kJArray:
		t.append(it)
		return nil
	case it.k == kJProperty:
		_, err := addProperty(f, t, it.name, orNullToken(edge(it, 0)))
		return err
	case it.k == kJObject:
		for _, p := range it.items {
			if err := addContent(f, t, tokenValue(p)); err != nil {
				return err
			}
		}
		return nil
	}
	return fail(Argument, "Can not add "+fullName(it.k)+" to "+fullName(t.k)+".")
}

func arrayTokenMethods() []method {
	return []method{
		{"Add(object item) void", func(f *frame, a []value) (value, error) { return null(), addContent(f, a[0].token(), a[1]) }},
		{"RemoveAt(int index) void", func(f *frame, a []value) (value, error) {
			it, err := tokenByIndex(f, a[0], a[1])
			if err == nil {
				it.token().remove()
			}
			return null(), err
		}},
		{"Insert(int index, JToken item) void", func(f *frame, a []value) (value, error) {
			t, it := a[0].token(), orNullToken(a[2])
			if a[1].n < 0 || a[1].n > int64(len(t.items)) {
				return null(), rangeError("Index must be within the bounds of the List.", "index")
			}
			if err := put(f, t, it); err != nil {
				return null(), err
			}
			t.append(it)
			at := a[1].int()
			last := t.items[len(t.items)-1]
			copy(t.items[at+1:], t.items[at:])
			t.items[at] = last
			return null(), nil
		}},
		{"Clear() void", func(_ *frame, a []value) (value, error) {
			a[0].token().items = nil
			return null(), nil
		}},
	}
}

func parseRow(k kind) method {
	name := fullName(k)[len("Newtonsoft.Json.Linq."):]
	return method{"Parse(string json) " + name, func(f *frame, a []value) (value, error) {
		if a[0].k == kNull {
			return null(), nullArgument("s")
		}
		if err := f.take(len(a[0].s)); err != nil {
			return null(), err
		}
		return parseAs(a[0].s, k)
	}}
}

func fromRow(k kind) method {
	name := fullName(k)[len("Newtonsoft.Json.Linq."):]
	return method{"FromObject(object o) " + name, func(f *frame, a []value) (value, error) {
		if err := f.step(count(a[0])); err != nil {
			return null(), err
		}
		return unbox(tokenValue(orNullToken(a[0])), Type(k))
	}}
}

func tokenStatics() []method       { return []method{parseRow(kJToken), fromRow(kJToken)} }
func objectTokenStatics() []method { return []method{parseRow(kJObject), fromRow(kJObject)} }
func arrayTokenStatics() []method  { return []method{parseRow(kJArray), fromRow(kJArray)} }

func jsonStatics() []method {
	return []method{
		{"SerializeObject(object value) string", func(f *frame, a []value) (value, error) { return f.json(orNullToken(a[0]), false) }},
		{"SerializeObject(object value, Formatting formatting) string", func(f *frame, a []value) (value, error) {
			return f.json(orNullToken(a[0]), a[1].n == 1)
		}},
		{"DeserializeObject<T>(string value) T", func(f *frame, a []value) (value, error) {
			if err := f.take(len(a[1].s)); err != nil {
				return null(), err
			}
			v, err := parseAs(a[1].s, kJToken)
			if err != nil {
				return v, err
			}
			return objectAs(v.token(), a[0].typ())
		}},
	}
}

func containerRow(k kind) method {
	name := fullName(k)[len("Newtonsoft.Json.Linq."):]
	return method{"new(params object[] content) " + name, func(f *frame, a []value) (value, error) {
		t := &Token{k: k}
		list, err := items(f, a[0])
		for _, v := range list {
			if err = addContent(f, t, v); err != nil {
				return null(), err
			}
		}
		return tokenValue(t), err
	}}
}

func objectTokenConstructors() []method { return []method{containerRow(kJObject)} }
func arrayTokenConstructors() []method  { return []method{containerRow(kJArray)} }

func valueTokenConstructors() []method {
	return []method{{"new(object value) JValue", func(_ *frame, a []value) (value, error) { return tokenValue(tokenOf(plainValue(a[0]))), nil }}}
}

func propertyTokenConstructors() []method {
	return []method{{"new(string name, object content) JProperty", func(f *frame, a []value) (value, error) {
		p, v := &Token{k: kJProperty, name: a[0].s}, orNullToken(a[1])
		if err := charge(f, v); err != nil {
			return null(), err
		}
		p.append(v)
		return tokenValue(p), nil
	}}}
}
