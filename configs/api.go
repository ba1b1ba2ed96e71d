package configs

import (
	"net/url"

	"meridian/gateway/policy"
)

// API is a set of operations below one path, with the policies that run for
// them.
type API struct {
	Name        string   // context.Api.Id
	DisplayName string   // context.Api.Name
	Path        string   // with a leading slash, without a trailing one; "/" is the root
	Hosts       []string // in lower case, "*.example.com" for all below; none: every host
	Revision    string   // "1" unless given
	Version     string
	Backend     string   // of the document's Backends and Pools; empty: URL, else the node's
	URL         *url.URL // serviceUrl; nil: Backend

	AsWritten bool // of a path, that it may be read as one of another operation does not matter

	Operations []Operation
	Program    *policy.Program // of the API itself; runs where it has no operations
}

// Operation is a method and a path of an API.
type Operation struct {
	Name        string // context.Operation.Id
	DisplayName string // context.Operation.Name
	Method      string // upper case; "*" is every one
	URLTemplate string // as "/orders/{id}"
	Program     *policy.Program
}
