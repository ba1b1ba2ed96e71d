// Package drill is the disaster-recovery drill: what is asked of one, whether
// it may begin, when it must stop, what was measured, and the report.
//
// It imports routing for its words and nothing else of this module. It owns no
// socket, no file and no state of the cluster: a drill itself is a value on the
// drill layer of the register, with the Spec as its detail and a lease that
// every node ends by its own clock. URLs and metrics are read through Fetcher
// and Metrics, which are passed in.
//
//	Schedule ─► Spec ─► Precheck ─► (a value on the drill layer, everywhere)
//	Watcher: abort signals ─► Abort ─► (the value is cleared)
//	Yields: nothing else is up ─► (the value is cleared)
//	Counts ─► Recorder ─► NodeLog   on each node
//	NodeLogs ─► Timeline ─► NewReport ─► Markdown, HTML
//
// Everything but Watcher is pure or guarded memory: now is an argument. Watcher
// owns its goroutines and waits for them in Shutdown.
//
// Durations in JSON are nanoseconds, instants are milliseconds since 1970 UTC.
package drill
