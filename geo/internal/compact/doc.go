// Package compact is the file format of the country table that is built into
// the program: which country every network belongs to, in a few hundred
// kilobytes.
//
// A file is a magic line, a line of JSON (Header: source, licence, build date,
// counts, checksum) and a gzip stream. The stream has four columns: for IPv4
// and then for IPv6 the distances between the starts of the ranges, then their
// countries. It imports nothing of ours.
package compact
