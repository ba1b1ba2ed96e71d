package geo

// interned numbers different values in the order in which they come. The zero
// value of T is number 0.
type interned[T comparable] struct {
	list []T
	ids  map[T]uint32
}

func newInterned[T comparable]() *interned[T] {
	var zero T
	return &interned[T]{list: []T{zero}, ids: map[T]uint32{zero: 0}}
}

func (l *interned[T]) id(v T) uint32 {
	id, ok := l.ids[v]
	if !ok {
		id = uint32(len(l.list))
		l.list = append(l.list, v)
		l.ids[v] = id
	}
	return id
}
