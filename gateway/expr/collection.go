package expr

// list is what a List, an array of no special kind, or a sequence holds. An
// array does not grow; a List does.
type list struct {
	items []value
}

// dict is a Dictionary in the order of insertion.
type dict struct {
	keys  []value
	vals  []value
	place map[string]int
	fold  bool // compares keys without case
}

// pair is a KeyValuePair.
type pair struct{ key, val value }

// arrayOf makes an array of elements of type elem.
func arrayOf(elem Type, items []value) value {
	switch elem.kind() {
	case kString:
		texts := make([]string, len(items))
		for i, v := range items {
			if v.k == kNull {
				return object(kObjects, &list{items})
			}
			texts[i] = v.s
		}
		return stringsOf(texts)
	case kByte:
		b := make([]byte, len(items))
		for i, v := range items {
			b[i] = byte(v.n)
		}
		return bytesOf(b)
	case kChar:
		return object(kChars, &list{items})
	case kInt:
		return object(kInts, &list{items})
	}
	return object(kObjects, &list{items})
}

// count is the number of elements of an array or List.
func count(v value) int {
	switch o := v.o.(type) {
	case []string:
		return len(o)
	case []byte:
		return len(o)
	case *list:
		return len(o.items)
	case []Group:
		return len(o)
	}
	return 0
}

// item is an element of an array or List; i is in range.
func item(v value, i int) value {
	switch o := v.o.(type) {
	case []string:
		return str(o[i])
	case []byte:
		return value{k: kByte, n: int64(o[i])}
	case *list:
		return o.items[i]
	case []Group:
		return object(kGroup, &o[i])
	}
	return null()
}

// items returns the elements of everything that foreach goes through.
func items(f *frame, v value) ([]value, error) {
	switch o := v.o.(type) {
	case *list:
		return o.items, f.step(len(o.items))
	case *dict:
		return o.pairs(), f.step(len(o.keys))
	case *Token:
		return tokenItems(o), f.step(len(o.items))
	}
	switch v.k {
	case kNull:
		return nil, nullError()
	case kString:
		if err := f.step(len(v.s)); err != nil {
			return nil, err
		}
		return charItems(v.s), nil
	case kHeaders, kMatched, kVariables:
		return contextPairs(v), nil
	}
	out := make([]value, count(v))
	for i := range out {
		out[i] = item(v, i)
	}
	return out, f.step(len(out))
}

func charItems(s string) []value {
	u := utf16Of(s)
	out := make([]value, len(u))
	for i, c := range u {
		out[i] = char(c)
	}
	return out
}

// keyText is a key as the place in a dict.
func (d *dict) keyText(v value) string {
	s := textOf(v)
	if d.fold {
		s = upper(s)
	}
	return s
}

func (d *dict) get(key value) (value, bool) {
	i, ok := d.place[d.keyText(key)]
	if !ok {
		return null(), false
	}
	return d.vals[i], true
}

func (d *dict) set(key, val value) {
	text := d.keyText(key)
	if i, ok := d.place[text]; ok {
		d.vals[i] = val
		return
	}
	if d.place == nil {
		d.place = map[string]int{}
	}
	d.place[text] = len(d.keys)
	d.keys, d.vals = append(d.keys, key), append(d.vals, val)
}

func (d *dict) remove(key value) bool {
	text := d.keyText(key)
	at, ok := d.place[text]
	if !ok {
		return false
	}
	delete(d.place, text)
	d.keys = append(d.keys[:at:at], d.keys[at+1:]...)
	d.vals = append(d.vals[:at:at], d.vals[at+1:]...)
	for text, i := range d.place {
		if i > at {
			d.place[text] = i - 1
		}
	}
	return true
}

func (d *dict) pairs() []value {
	out := make([]value, len(d.keys))
	for i := range d.keys {
		out[i] = object(kPair, &pair{d.keys[i], d.vals[i]})
	}
	return out
}

func dictAt(_ *frame, x, i value) (value, error) {
	if i.k == kNull {
		return null(), nullArgument("key")
	}
	v, ok := x.o.(*dict).get(i)
	if !ok {
		return null(), keyError()
	}
	return v, nil
}
