package admin

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"meridian/admin/api"
)

// auditMark is the file that holds the head, so that an end that was cut off
// is noticed. It is written behind each commit.
const auditMark = "audit.head"

// auditWriter is an open file of the log.
type auditWriter interface {
	Write(b []byte) (int, error)
	Sync() error
	Truncate(size int64) error
	Close() error
}

// auditName is the name of the file whose first entry has the given number.
func auditName(first uint64) string { return fmt.Sprintf("audit-%020d.jsonl", first) }

// auditFirst reads a file's name; false for other files.
func auditFirst(name string) (uint64, bool) {
	digits, ok := strings.CutPrefix(name, "audit-")
	if digits, ok = cutSuffix(digits, ".jsonl", ok); !ok || len(digits) != 20 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil
}

func cutSuffix(s, suffix string, ok bool) (string, bool) {
	s, found := strings.CutSuffix(s, suffix)
	return s, ok && found
}

// auditFiles lists the numbers of the first entries of a log's files, in order.
func auditFiles(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []uint64
	for _, e := range entries {
		if first, ok := auditFirst(e.Name()); ok && e.Type().IsRegular() {
			out = append(out, first)
		}
	}
	slices.Sort(out)
	return out, nil
}

// createAudit makes a file of the log, and its name durable. One that is in the
// way holds nothing of worth: it was given up after a failure.
func createAudit(path string) (auditWriter, error) {
	if err := os.Rename(path, path+".givenup"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// turn makes sure that there is a file for the entry numbered next: a new one
// where the present one is full, or was given up. Callers hold commit.
func (l *AuditLog) turn(next uint64) (turned bool, err error) {
	if l.out != nil && l.size < l.o.FileSize {
		return false, nil
	}
	out, err := l.o.create(filepath.Join(l.o.Dir, auditName(next)))
	if err != nil {
		return false, err
	}
	l.giveUp()
	l.out, l.size = out, 0
	return true, nil
}

// put writes lines and waits until they are on disk. What was written of them
// goes where that fails. Where the disk did not confirm, the file is given up:
// a second fsync on it could confirm what was lost. Callers hold commit.
func (l *AuditLog) put(lines []byte) error {
	_, err := l.out.Write(lines)
	if err == nil {
		if err = l.out.Sync(); err == nil {
			l.size += int64(len(lines))
			return nil
		}
		defer l.giveUp()
	}
	if cut := l.out.Truncate(l.size); cut != nil {
		defer l.giveUp()
		err = errors.Join(err, cut)
	}
	return err
}

func (l *AuditLog) giveUp() {
	if l.out != nil {
		_ = l.out.Close() // it has failed already
		l.out = nil
	}
}

// note writes the head's file. Callers hold commit.
func (l *AuditLog) note(head api.AuditHead) {
	if l.mark == nil {
		return
	}
	if _, err := l.mark.WriteAt(fmt.Appendf(nil, "%020d %s\n", head.Seq, head.Hash), 0); err != nil {
		l.o.Logger.Warn("audit head cannot be written", "error", err)
	}
}

// readMark returns the head noted in a directory; the zero one where there is
// none.
func readMark(dir string) (api.AuditHead, error) {
	f, err := os.Open(filepath.Join(dir, auditMark))
	if errors.Is(err, fs.ErrNotExist) {
		return api.AuditHead{}, nil
	}
	if err != nil {
		return api.AuditHead{}, err
	}
	defer func() { _ = f.Close() }() // read only
	data, err := io.ReadAll(io.LimitReader(f, 256))
	if err != nil || len(data) == 0 {
		return api.AuditHead{}, err
	}
	digits, hash, _ := strings.Cut(strings.TrimSuffix(string(data), "\n"), " ")
	seq, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || len(hash) != len(noHash()) {
		return api.AuditHead{}, fmt.Errorf("file %s: got %q, want a number and a hash", auditMark, clip(string(data), 100))
	}
	return api.AuditHead{Seq: seq, Hash: hash}, nil
}

// surplus returns the files that are to be removed, less the one behind them,
// which is the last of the list.
func (l *AuditLog) surplus() []uint64 {
	files, err := auditFiles(l.o.Dir)
	if err != nil || len(files) <= l.o.Files {
		return nil
	}
	return files[:len(files)-l.o.Files+1]
}

// pruned are the entries that announce the removal of surplus files.
func (l *AuditLog) pruned(surplus []uint64) []api.AuditEntry {
	var out []api.AuditEntry
	for i := 1; i < len(surplus); i++ {
		out = append(out, api.AuditEntry{
			At: time.Now().UTC(), Node: l.o.Node, Operation: auditPruned, Outcome: "note", Target: prunedTarget(surplus[i] - 1),
			Note: fmt.Sprintf("file %s is removed: %d files are kept", auditName(surplus[i-1]), l.o.Files),
		})
	}
	return out
}

// remove removes surplus files, but the last of the list.
func (l *AuditLog) remove(surplus []uint64) {
	for i := 1; i < len(surplus); i++ {
		if err := os.Remove(filepath.Join(l.o.Dir, auditName(surplus[i-1]))); err != nil {
			l.o.Logger.Warn("old audit file cannot be removed", "error", err)
		}
	}
}

// prunedPrefix stands before the number of the last entry that was removed.
const prunedPrefix = "entries/"

func prunedTarget(last uint64) string { return prunedPrefix + strconv.FormatUint(last, 10) }
