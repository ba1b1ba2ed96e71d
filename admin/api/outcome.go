package api

// Ordered returns the change an order made: itself.
func (c Change) Ordered() Change { return c }

// Ordered returns the change an order made.
func (n NewToken) Ordered() Change { return n.Change }
