// Package store keeps named blobs on disk so that a crash at any moment leaves
// the old or the new generation whole, never a mixture.
//
// A blob NAME has up to four files in the directory: NAME.current,
// NAME.previous (the generation before it) and, while it is being saved,
// NAME.new and NAME.kept. Each begins with a header: magic, format version, time, length and
// a SHA-256 over all of that, the name and the data (header.go). Save writes
// NAME.new, syncs it, keeps a good current file as the previous one, renames
// and syncs the directory. Load verifies; what does not verify is never
// returned: the previous generation is, and says so.
//
// Nothing here ends the process or stops serving: failures are errors, and the
// caller goes on with what it has in memory. The package imports nothing of
// this module and knows nothing of what it keeps.
package store
