package intent

// Time is a reading of a hybrid logical clock: milliseconds since 1970 in the
// upper 48 bits, a counter in the lower 16. Readings of one node only grow.
type Time uint64
