package cluster

// State is something replicated: a set of records that every node comes to have
// alike, whatever the order in which they arrive. Its methods may be called by
// many goroutines at once. Ledger is one.
//
// What travels are messages: a record with its age. Digest sums up what is held
// in a few hundred bytes. Delta returns messages that the holder of a digest
// may lack, at most limit bytes in all but at least one; nothing when both are
// alike. Merge takes one in and reports whether it was news; an error says
// that it is not acceptable, and nothing has changed.
type State interface {
	Digest() []byte
	Delta(digest []byte, limit int) [][]byte
	Merge(message []byte) (changed bool, err error)
}
