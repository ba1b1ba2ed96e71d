// Package admin serves the admin API of a node: liveness, readiness, metrics,
// and under /v1 what the node answers, why, and what it knows. Package
// admin/api has the wire types, admin/client the other end.
//
// A request passes, in this order: connection limit, TLS and timeouts, audit
// trail (which writes when the answer is made), panic guard, metrics, who asks
// (gate), Host and path check, cross-origin check, admission, rate of changes,
// concurrency limit, body limit, ServeMux, least role of the operation, huma's
// validation, handler, source. Every error answer is a problem document (RFC
// 9457); api.Kind.Status is the table to statuses.
//
// Options says when a caller has to show who asks; beyond loopback always. The
// package imports nothing of this module but admin/api and routing's words; what
// it shows and does comes from Sources, which node implements. New binds, Start
// serves, Shutdown drains; several servers live side by side in one process.
package admin
