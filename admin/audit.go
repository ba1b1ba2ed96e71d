package admin

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"meridian/admin/api"
)

// The operations of entries that are about the log itself.
const (
	auditGap       = "audit_gap"       // entries could not be written
	auditPruned    = "audit_pruned"    // the oldest file was removed, to make room
	auditTruncated = "audit_truncated" // the end of the log was missing at a start
)

// errAuditClosed is what Append returns after Close.
var errAuditClosed = errors.New("the audit log is closed")

// AuditOptions is what an AuditLog needs.
type AuditOptions struct {
	Dir      string       // made with mode 0700 when absent; nobody else may write to it
	Node     string       // name of the node, written into each entry
	FileSize int64        // bytes after which a new file is begun: 16 MiB when zero
	Files    int          // files kept, the oldest go: 64 when zero
	Logger   *slog.Logger // also gets each entry, so that a collector holds a second copy; nil: silent

	create func(path string) (auditWriter, error) // in place of createAudit in tests
}

func (o AuditOptions) validate() error {
	switch {
	case o.Dir == "":
		return errors.New("audit log: no directory given")
	case o.FileSize < 0 || o.Files < 0 || o.Files == 1:
		return fmt.Errorf("audit log of %d files of %d bytes: want at least 2 files, or 0 for the defaults", o.Files, o.FileSize)
	}
	return nil
}

func (o AuditOptions) withDefaults() AuditOptions {
	orElse(&o.FileSize, 16<<20)
	orElse(&o.Files, 64)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.create == nil {
		o.create = createAudit
	}
	return o
}

// AuditLog appends entries to files of JSON lines, each entry bound to the one
// before by its hash. What Append has returned without error is on disk.
// A disk that takes nothing stops no one: such entries are counted, and the
// next one that can be written is preceded by an audit_gap.
type AuditLog struct {
	o AuditOptions

	mu      sync.Mutex
	pending *auditBatch   // what the next commit writes
	head    api.AuditHead // of what is on disk

	commit sync.Mutex // held by the one who writes; guards what follows
	out    auditWriter
	size   int64
	mark   *os.File // the head's file; nil where it cannot be written
	gap    auditLoss
	closed bool
}

// auditBatch are the entries of one commit.
type auditBatch struct {
	entries []api.AuditEntry
	done    bool // guarded by AuditLog.commit, as is err
	err     error
}

// auditLoss is what could not be written.
type auditLoss struct {
	missed uint64
	since  time.Time
	why    error
}

// OpenAudit opens the log in a directory, or begins one. The unfinished line of
// a process that was killed is dropped; an end that is missing is written down.
func OpenAudit(o AuditOptions) (*AuditLog, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	l := &AuditLog{o: o.withDefaults()}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the audit log's directory: %w", err)
	}
	if err := l.resume(); err != nil {
		return nil, fmt.Errorf("opening the audit log in %q: %w", o.Dir, err)
	}
	return l, nil
}

// Append numbers, chains and writes an entry. Callers at the same time share
// one fsync.
func (l *AuditLog) Append(e api.AuditEntry) error {
	bound(&e)
	e.Node = l.o.Node
	l.mu.Lock()
	if l.pending == nil {
		l.pending = &auditBatch{}
	}
	b := l.pending
	b.entries = append(b.entries, e)
	l.mu.Unlock()

	l.commit.Lock()
	defer l.commit.Unlock()
	if !b.done {
		l.flush()
	}
	return b.err
}

// flush commits what is pending. Callers hold commit.
func (l *AuditLog) flush() {
	l.mu.Lock()
	b, head := l.pending, l.head
	l.pending = nil
	l.mu.Unlock()
	b.done = true
	next, err := l.write(b.entries, head)
	if err != nil {
		b.err = fmt.Errorf("writing the audit log: %w", err)
		l.lose(uint64(len(b.entries)), err)
		next = head
	}
	next.Missed = l.gap.missed
	l.mu.Lock()
	l.head = next
	l.mu.Unlock()
}

// lose counts entries that could not be written. The log gets them all the
// same, for they are told to the logger.
func (l *AuditLog) lose(n uint64, err error) {
	if l.gap.missed == 0 {
		l.gap.since = time.Now()
		l.o.Logger.Error("audit log cannot be written", "error", err)
	}
	l.gap.missed += n
	l.gap.why = err
}

// write seals entries and puts them on disk. Callers hold commit.
func (l *AuditLog) write(entries []api.AuditEntry, head api.AuditHead) (api.AuditHead, error) {
	if l.closed {
		return head, errAuditClosed
	}
	turned, err := l.turn(head.Seq + 1)
	if err != nil {
		return head, err
	}
	var surplus []uint64
	if turned {
		surplus = l.surplus()
	}
	entries = slices.Concat(l.gap.entries(l.o.Node), l.pruned(surplus), entries)
	lines, next, err := seal(entries, head)
	if err != nil {
		return head, err
	}
	if err := l.put(lines); err != nil {
		return head, err
	}
	l.remove(surplus)
	l.gap = auditLoss{}
	l.note(next)
	for i := range entries {
		l.tell(&entries[i])
	}
	return next, nil
}

// entries is the entry for what was lost, if anything was.
func (g *auditLoss) entries(node string) []api.AuditEntry {
	if g.missed == 0 {
		return nil
	}
	return []api.AuditEntry{{
		At: time.Now().UTC(), Node: node, Operation: auditGap, Outcome: "note", Missed: g.missed,
		Note: clip(fmt.Sprintf("entries since %s could not be written: %v", g.since.UTC().Format(time.RFC3339), g.why), maxAuditText),
	}}
}

// tell gives an entry that is on disk to the logger.
func (l *AuditLog) tell(e *api.AuditEntry) {
	l.o.Logger.Info("audit", "seq", e.Seq, "principal", e.Principal, "operation", e.Operation, "path", e.Path,
		"status", e.Status, "outcome", e.Outcome, "reason", e.Reason, "hash", e.Hash)
}

// Head returns the end of what is on disk, and how many entries could not be
// written since.
func (l *AuditLog) Head() api.AuditHead {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// Close closes the files. Entries appended later are errors.
func (l *AuditLog) Close() error {
	l.commit.Lock()
	defer l.commit.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	var errs []error
	if l.out != nil {
		errs = append(errs, l.out.Close())
	}
	if l.mark != nil {
		errs = append(errs, l.mark.Close())
	}
	return errors.Join(errs...)
}
