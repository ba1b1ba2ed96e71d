package expr

func listProperties() []property {
	return []property{{"Count int", func(_ *frame, v value) (value, error) { return integer(int32(count(v))), nil }}}
}

func listConstructors() []method {
	return []method{
		{"new() S", func(*frame, []value) (value, error) { return object(kList, &list{}), nil }},
		{"new(int capacity) S", func(*frame, []value) (value, error) { return object(kList, &list{}), nil }},
		{"new(IEnumerable<T> collection) S", func(f *frame, a []value) (value, error) { return copied(f, a[0], kList) }},
	}
}

// copied makes a new collection of the elements of v.
func copied(f *frame, v value, k kind) (value, error) {
	all, err := items(f, v)
	if err != nil {
		return null(), err
	}
	return object(k, &list{append([]value(nil), all...)}), nil
}

func listMethods() []method {
	add := func(f *frame, a []value) (value, error) {
		l := a[0].o.(*list)
		l.items = append(l.items, a[1])
		return null(), nil
	}
	return []method{
		{"Add(E item) void", add},
		{"AddRange(IEnumerable<T> collection) void", func(f *frame, a []value) (value, error) {
			all, err := items(f, a[1])
			l := a[0].o.(*list)
			l.items = append(l.items, all...)
			return null(), err
		}},
		{"Insert(int index, E item) void", func(f *frame, a []value) (value, error) {
			l := a[0].o.(*list)
			if a[1].n < 0 || a[1].n > int64(len(l.items)) {
				return null(), rangeError("Index must be within the bounds of the List.", "index")
			}
			at := a[1].int()
			l.items = append(l.items, null())
			copy(l.items[at+1:], l.items[at:])
			l.items[at] = a[2]
			return null(), f.step(len(l.items) / 16)
		}},
		{"RemoveAt(int index) void", func(f *frame, a []value) (value, error) {
			if _, err := listAt(f, a[0], a[1]); err != nil {
				return null(), err
			}
			l := a[0].o.(*list)
			l.items = append(l.items[:a[1].n:a[1].n], l.items[a[1].n+1:]...)
			return null(), f.step(len(l.items) / 16)
		}},
		{"Remove(E item) bool", func(f *frame, a []value) (value, error) {
			l := a[0].o.(*list)
			for i, v := range l.items {
				if sameStruct(v, a[1]) {
					l.items = append(l.items[:i:i], l.items[i+1:]...)
					return boolean(true), f.step(len(l.items) / 16)
				}
			}
			return boolean(false), f.step(len(l.items) / 16)
		}},
		{"Clear() void", func(_ *frame, a []value) (value, error) {
			a[0].o.(*list).items = nil
			return null(), nil
		}},
		{"IndexOf(E item) int", func(f *frame, a []value) (value, error) {
			for i, v := range a[0].o.(*list).items {
				if sameStruct(v, a[1]) {
					return integer(int32(i)), nil
				}
			}
			return integer(-1), nil
		}},
	}
}

func dictProperties() []property {
	seq := func(get func(d *dict) []value) func(*frame, value) (value, error) {
		return func(_ *frame, v value) (value, error) {
			return object(kSeq, &list{append([]value(nil), get(v.o.(*dict))...)}), nil
		}
	}
	return []property{
		{"Count int", func(_ *frame, v value) (value, error) { return integer(int32(len(v.o.(*dict).keys))), nil }},
		{"Keys V", seq(func(d *dict) []value { return d.keys })},
		{"Values IEnumerable<E>", seq(func(d *dict) []value { return d.vals })},
	}
}

func dictConstructors() []method {
	return []method{
		{"new() S", func(*frame, []value) (value, error) { return object(kDict, &dict{}), nil }},
		{"new(int capacity) S", func(*frame, []value) (value, error) { return object(kDict, &dict{}), nil }},
	}
}

func dictMethods() []method {
	get := func(f *frame, a []value) (value, error) { return dictAt(f, a[0], a[1]) }
	return []method{
		{"Add(K key, E value) void", func(_ *frame, a []value) (value, error) {
			d := a[0].o.(*dict)
			if a[1].k == kNull {
				return null(), nullArgument("key")
			}
			if _, ok := d.get(a[1]); ok {
				return null(), fail(Argument, "An item with the same key has already been added.")
			}
			d.set(a[1], a[2])
			return null(), nil
		}},
		{"ContainsKey(K key) bool", func(_ *frame, a []value) (value, error) {
			_, ok := a[0].o.(*dict).get(a[1])
			return boolean(ok), nil
		}},
		{"Remove(K key) bool", func(f *frame, a []value) (value, error) {
			d := a[0].o.(*dict)
			return boolean(d.remove(a[1])), f.step(len(d.keys) / 16)
		}},
		{"TryGetValue(K key) E", get},
		{"GetValueOrDefault(K key, E defaultValue) E", func(_ *frame, a []value) (value, error) {
			if v, ok := a[0].o.(*dict).get(a[1]); ok {
				return v, nil
			}
			return a[2], nil
		}},
		{"Clear() void", func(_ *frame, a []value) (value, error) {
			*a[0].o.(*dict) = dict{}
			return null(), nil
		}},
	}
}

func pairProperties() []property {
	return []property{
		{"Key K", func(_ *frame, v value) (value, error) { return v.o.(*pair).key, nil }},
		{"Value E", func(_ *frame, v value) (value, error) { return v.o.(*pair).val, nil }},
	}
}

// sequenceMethods are those of LINQ that take no lambda: everything that
// foreach goes through has them.
func sequenceMethods() []method {
	return []method{
		{"Count() int", func(f *frame, a []value) (value, error) {
			all, err := items(f, a[0])
			return integer(int32(len(all))), err
		}},
		{"Any() bool", func(f *frame, a []value) (value, error) {
			all, err := items(f, a[0])
			return boolean(len(all) > 0), err
		}},
		{"First() E", func(f *frame, a []value) (value, error) { return nth(f, a[0], 0, false) }},
		{"FirstOrDefault() E", func(f *frame, a []value) (value, error) { return nth(f, a[0], 0, true) }},
		{"Last() E", func(f *frame, a []value) (value, error) { return nth(f, a[0], -1, false) }},
		{"LastOrDefault() E", func(f *frame, a []value) (value, error) { return nth(f, a[0], -1, true) }},
		{"Single() E", func(f *frame, a []value) (value, error) {
			all, err := items(f, a[0])
			if err == nil && len(all) > 1 {
				return null(), fail(Invalid, "Sequence contains more than one element")
			}
			return nth(f, a[0], 0, false)
		}},
		{"SingleOrDefault() E", func(f *frame, a []value) (value, error) { return nth(f, a[0], 0, true) }},
		{"ElementAt(int index) E", func(f *frame, a []value) (value, error) { return nth(f, a[0], a[1].int(), false) }},
		{"Contains(E value) bool", func(f *frame, a []value) (value, error) {
			all, err := items(f, a[0])
			for _, v := range all {
				if sameStruct(v, a[1]) {
					return boolean(true), nil
				}
			}
			return boolean(false), err
		}},
		{"ToList() L", func(f *frame, a []value) (value, error) { return copied(f, a[0], kList) }},
		{"ToArray() A", toArray},
		{"AsEnumerable() Q", func(f *frame, a []value) (value, error) { return copied(f, a[0], kSeq) }},
		{"Skip(int count) Q", func(f *frame, a []value) (value, error) { return window(f, a[0], a[1].int(), -1) }},
		{"Take(int count) Q", func(f *frame, a []value) (value, error) { return window(f, a[0], 0, a[1].int()) }},
		{"Reverse() Q", func(f *frame, a []value) (value, error) {
			v, err := copied(f, a[0], kSeq)
			if err == nil {
				all := v.o.(*list).items
				for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
					all[i], all[j] = all[j], all[i]
				}
			}
			return v, err
		}},
		{"Distinct() Q", distinct},
	}
}

func toArray(f *frame, a []value) (value, error) {
	v, err := copied(f, a[0], kObjects)
	if err != nil {
		return v, err
	}
	all := v.o.(*list).items
	for _, it := range all {
		if it.k != all[0].k {
			return v, nil
		}
	}
	if len(all) > 0 {
		v = arrayOf(Type(all[0].k), all)
	}
	return v, nil
}

// nth is an element of a sequence, counted from the end where i is negative.
func nth(f *frame, v value, i int, orDefault bool) (value, error) {
	all, err := items(f, v)
	if err != nil {
		return null(), err
	}
	if i < 0 {
		i += len(all)
	}
	if i >= 0 && i < len(all) {
		return all[i], nil
	}
	if orDefault {
		return null(), nil
	}
	return null(), fail(Invalid, "Sequence contains no elements")
}

func window(f *frame, v value, skip, take int) (value, error) {
	all, err := items(f, v)
	if err != nil {
		return null(), err
	}
	all = all[min(max(skip, 0), len(all)):]
	if take >= 0 {
		all = all[:min(take, len(all))]
	}
	return object(kSeq, &list{append([]value(nil), all...)}), nil
}

func distinct(f *frame, a []value) (value, error) {
	all, err := items(f, a[0])
	if err != nil {
		return null(), err
	}
	out := &list{}
	seen := map[string]bool{}
	for _, v := range all {
		if key := fullName(v.k) + " " + textOf(v); !seen[key] {
			seen[key] = true
			out.items = append(out.items, v)
		}
	}
	return object(kSeq, out), nil
}
