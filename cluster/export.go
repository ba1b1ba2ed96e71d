package cluster

import (
	"encoding/binary"
	"fmt"
	"time"
)

// exportFormat is the first byte of an export: the version of its form. What
// follows are messages, each after its length as a uvarint.
const exportFormat = 1

// Export returns everything held, with ages, for Import.
func (l *Ledger[V]) Export() []byte {
	b := []byte{exportFormat}
	for _, m := range l.export() {
		b = binary.AppendUvarint(b, uint64(len(m)))
		b = append(b, m...)
	}
	return b
}

// export returns messages with their ages rounded up: what
// is on disk is never younger than it was.
func (l *Ledger[V]) export() [][]byte {
	var all []copied
	l.mu.RLock()
	for _, hs := range l.keys {
		for _, h := range hs {
			all = append(all, copied{h.raw, h.born - (time.Millisecond - 1)})
		}
	}
	l.mu.RUnlock()
	return l.messages(all)
}

// Import merges what Export wrote; since is how much wall time has passed since
// then, and is added to the ages (nothing if it is negative). It goes on after a
// record that is refused, and returns an error that wraps the first refusal.
func (l *Ledger[V]) Import(data []byte, since time.Duration) error {
	if len(data) == 0 || data[0] != exportFormat {
		return fmt.Errorf("importing %s ledger of %d bytes: %w: unknown format", l.law.Kind, len(data), ErrMalformed)
	}
	var first error
	count, refused := 0, 0
	for data = data[1:]; len(data) > 0; count++ {
		n, used := binary.Uvarint(data)
		if used <= 0 || n > uint64(len(data)-used) {
			return fmt.Errorf("importing %s ledger: %w: cut off after %d records", l.law.Kind, ErrMalformed, count)
		}
		if err := l.importOne(data[used:used+int(n)], since); err != nil {
			refused++
			if first == nil {
				first = err
			}
		}
		data = data[used+int(n):]
	}
	if first != nil {
		return fmt.Errorf("importing %s ledger: %d of %d records refused, the first: %w", l.law.Kind, refused, count, first)
	}
	return nil
}

func (l *Ledger[V]) importOne(message []byte, since time.Duration) error {
	age, raw, err := cutMessage(message)
	if err != nil {
		return err
	}
	_, err = l.merge(raw, clampAge(age+clampAge(since)))
	return err
}
