// Package secret keeps what must not be read by whoever reads the state of the
// cluster: sealed values, keys derived from the cluster's key, and the hashes
// of the tokens of the admin API.
//
//	secrets key ─► Key ─► Ring ─► Seal, Open ─► Secret.Encode ─► (signed, spread by cluster)
//	cluster key ─► Derive(purpose, generation) ─► cookie and relay keys
//	NewToken ─► clear text, shown once, and Hash ─► Token.Encode ─► Tokens.Lookup
//
// The secrets key is put on each node by hand and never travels. What leaves
// this package in clear is what Open and NewToken return, and the caller keeps
// it out of logs, errors and answers: those show Name, Version, Fingerprint.
//
// It imports nothing of this module, and reads no file.
package secret
