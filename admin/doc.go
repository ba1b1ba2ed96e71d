// Package admin serves the admin API of a node: liveness, readiness, metrics,
// and under /v1 what the node answers, why, and what it knows. Package
// admin/api has the wire types, admin/client the other end.
//
// A request passes, in this order: connection limit and timeouts, panic guard,
// metrics, Host check (TCP only), cross-origin check, concurrency limit, body
// limit, ServeMux, huma's validation, handler, source. Every error answer is a
// problem document (RFC 9457); api.Kind.Status is the table to statuses.
//
// The server has no authentication: it binds loopback addresses and unix
// sockets, nothing else. It imports nothing of this module but admin/api; what
// it shows comes from Sources, which node implements. New binds, Start serves,
// Shutdown drains; several servers live side by side in one process.
package admin
