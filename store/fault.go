package store

import "fmt"

// DamageError says that a file exists and cannot be used. Err is or wraps
// ErrTruncated, ErrTrailing, ErrNotOurs, ErrNewerFormat, ErrChecksum,
// ErrTooLarge or an error of the file system.
type DamageError struct {
	File string // name in the directory
	Err  error
}

// Error implements error.
func (e *DamageError) Error() string { return fmt.Sprintf("state file %s: %v", e.File, e.Err) }

// Unwrap returns what is wrong.
func (e *DamageError) Unwrap() error { return e.Err }

// LostError says that no generation of a blob can be used, though there was one.
type LostError struct {
	Name              string
	Current, Previous error // why; *DamageError or fs.ErrNotExist
}

// Error implements error.
func (e *LostError) Error() string {
	return fmt.Sprintf("state %q: no generation can be used: current: %v; previous: %v", e.Name, e.Current, e.Previous)
}

// Unwrap returns both reasons.
func (e *LostError) Unwrap() []error { return []error{e.Current, e.Previous} }

// SaveError says that a blob was not made durable. After it, Load returns the
// generation before or the new one, whole. Serving can go on; what was to be
// saved must not be called durable.
type SaveError struct {
	Name string
	Step string // what failed last
	Err  error
}

// Error implements error.
func (e *SaveError) Error() string {
	return fmt.Sprintf("saving state %q: %s: %v", e.Name, e.Step, e.Err)
}

// Unwrap returns the error of the file system.
func (e *SaveError) Unwrap() error { return e.Err }
