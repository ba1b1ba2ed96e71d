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
// out: VerifyAudit is who tells.
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
	begin, found := slices.BinarySearch(files, after+1)
	if !found && begin > 0 {
		begin-- // the entry is in the file that begins before it
	}
	for _, first := range files[begin:] {
		err := l.page(&out, first, after, limit)
		switch {
		case errors.Is(err, errAuditEnough):
			return out, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist): // pruned meanwhile
			return out, fmt.Errorf("listing the audit log: %w", err)
		}
	}
	return out, nil
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
		e, err := parseAudit(line)
		if err != nil || e.Seq <= after {
			return nil
		}
		if len(out.Entries) >= limit || e.Seq > out.Head.Seq {
			return errAuditEnough
		}
		out.Entries = append(out.Entries, e)
		return nil
	})
}
