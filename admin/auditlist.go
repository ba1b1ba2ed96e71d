package admin

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"meridian/admin/api"
)

// errAuditEnough ends the reading of a page.
var errAuditEnough = errors.New("the page is full")

// List returns at most limit entries behind the one numbered after, oldest
// first; where after is 0, the newest ones. Lines that are no entries are left
// out, and hashes are not checked: that is VerifyAudit's.
func (l *AuditLog) List(after uint64, limit int) (api.Audit, error) {
	out := api.Audit{Head: l.Head()}
	files, err := auditFiles(l.o.Dir)
	if err != nil {
		return out, fmt.Errorf("listing the audit log: %w", err)
	}
	if len(files) > 0 {
		out.Oldest = files[0]
	}
	if after == 0 && out.Head.Seq > uint64(limit) {
		after = out.Head.Seq - uint64(limit)
	}
	for _, first := range filesBehind(files, after) {
		err := l.page(&out, first, after, limit)
		if errors.Is(err, errAuditEnough) {
			break
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // pruned meanwhile
			return out, fmt.Errorf("listing the audit log: %w", err)
		}
	}
	return out, nil
}

// filesBehind returns the files that may hold entries behind one.
func filesBehind(files []uint64, after uint64) []uint64 {
	begin, found := slices.BinarySearch(files, after+1)
	if !found && begin > 0 {
		begin-- // the entry is in the file that begins before it
	}
	return files[begin:]
}

// page adds the entries of one file that are behind after and not behind the
// head.
func (l *AuditLog) page(out *api.Audit, first, after uint64, limit int) error {
	f, err := os.Open(filepath.Join(l.o.Dir, auditName(first)))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	return lines(f, func(line []byte, _ bool) error {
		e, _ := parseAudit(line)
		if e.Seq <= after { // 0 for a line that is none
			return nil
		}
		if len(out.Entries) >= limit || e.Seq > out.Head.Seq {
			return errAuditEnough
		}
		out.Entries = append(out.Entries, e)
		return nil
	})
}
