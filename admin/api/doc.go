// Package api holds the wire types of the admin API: plain structs with JSON
// and documentation tags, the kinds of error and the problem document. It
// imports nothing of this module, so that the server (admin), the client
// (admin/client) and whoever fills the types (node) agree without knowing each
// other.
//
// Instants are RFC 3339 with fractions of a second, in UTC. Optional instants
// are pointers and absent when unknown. Durations carry their unit in the
// field's name. Lists are never null. Names, statuses and monitor fields are
// Azure Traffic Manager's.
package api
