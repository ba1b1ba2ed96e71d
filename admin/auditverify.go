package admin

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"meridian/admin/api"
)

// errAuditBad ends the walk of a verification; the report says why.
var errAuditBad = errors.New("an entry does not hold")

// VerifyAudit checks the chain of a log's files, oldest first, and reports the
// first entry that does not hold. The log need not be open. A head noted
// earlier shows also whether the log was written anew; the zero one is not
// looked for. The error is about reading; what the log says is in the report.
func VerifyAudit(dir string, noted api.AuditHead) (api.AuditReport, error) {
	files, err := auditFiles(dir)
	if err != nil {
		return api.AuditReport{}, fmt.Errorf("reading the audit log: %w", err)
	}
	marked, err := readMark(dir) // before the files, which may grow meanwhile
	v := &auditCheck{noted: []api.AuditHead{noted, marked}, report: api.AuditReport{Files: len(files), Head: api.AuditHead{Hash: noHash()}}}
	if err != nil {
		v.report.Warnings = append(v.report.Warnings, err.Error())
	}
	for i, first := range files {
		err := v.file(dir, first, i == len(files)-1)
		if errors.Is(err, errAuditBad) {
			return v.report, nil
		}
		if err != nil {
			return v.report, fmt.Errorf("reading the audit log: %w", err)
		}
	}
	if err := v.end(dir); err != nil && !errors.Is(err, errAuditBad) {
		return v.report, fmt.Errorf("reading the audit log: %w", err)
	}
	v.report.OK = v.report.Bad == nil
	return v.report, nil
}

// auditCheck is a verification under way.
type auditCheck struct {
	report api.AuditReport
	noted  []api.AuditHead // heads the log has had
	pruned uint64          // the last entry of those that were said to be removed
	path   string          // of the present file
	line   int             // lines read of it
}

// bad notes the first entry that does not hold.
func (v *auditCheck) bad(seq uint64, what, format string, args ...any) error {
	v.report.Bad = &api.AuditFault{File: filepath.Base(v.path), Line: max(v.line, 1), Seq: seq, What: what, Text: fmt.Sprintf(format, args...)}
	return errAuditBad
}

// file checks one file. Only the last one may end in the middle of a line that
// is being written, which then is a fault all the same: nobody writes.
func (v *auditCheck) file(dir string, first uint64, last bool) error {
	v.path, v.line = filepath.Join(dir, auditName(first)), 0
	f, err := os.Open(v.path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	err = lines(f, func(line []byte, ended bool) error {
		v.line++
		if !ended {
			return v.bad(v.report.Head.Seq+1, "truncated", "the line is not finished")
		}
		return v.entry(line, first)
	})
	if err == nil && v.line == 0 && !last {
		v.report.Warnings = append(v.report.Warnings, fmt.Sprintf("file %s is empty", auditName(first)))
	}
	return err
}

// entry checks a line against the one before.
func (v *auditCheck) entry(line []byte, first uint64) error {
	e, err := parseAudit(line)
	want := v.report.Head.Seq + 1
	if err != nil {
		what := "edited"
		if e.Seq == 0 {
			what = "unreadable"
		}
		return v.bad(want, what, "%v", err)
	}
	switch {
	case v.line == 1 && e.Seq != first:
		return v.bad(e.Seq, "removed", "the file begins with entry %d, its name says %d", e.Seq, first)
	case e.Seq == 1 && e.Prev != noHash():
		return v.bad(e.Seq, "edited", "the first entry follows one with hash %s", e.Prev)
	case v.report.Entries == 0:
		v.report.First = e.Seq // whether what was before may be gone is known at the end
	case e.Seq != want:
		return v.order(e.Seq, want)
	case e.Prev != v.report.Head.Hash:
		return v.bad(e.Seq, "edited", "it follows an entry with hash %s; the one before has %s", e.Prev, v.report.Head.Hash)
	}
	return v.take(&e)
}

// order says whether entry want comes later, or not at all.
func (v *auditCheck) order(got, want uint64) error {
	if got < want {
		return v.bad(got, "reordered", "entry %d stands where %d should", got, want)
	}
	found, err := holdsEntry(v.path, want)
	switch {
	case err != nil:
		return err
	case found:
		return v.bad(got, "reordered", "entry %d stands where %d should", got, want)
	default:
		return v.bad(want, "removed", "entry %d stands where %d should, which is not in the file", got, want)
	}
}

// holdsEntry reports whether a file has the entry with the given number.
func holdsEntry(path string, seq uint64) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }() // read only
	found := false
	err = lines(f, func(line []byte, _ bool) error {
		e, err := parseAudit(line)
		found = found || err == nil && e.Seq == seq
		return nil
	})
	return found, err
}

// take goes on behind an entry that holds.
func (v *auditCheck) take(e *api.AuditEntry) error {
	for _, noted := range v.noted {
		if e.Seq == noted.Seq && e.Hash != noted.Hash {
			return v.bad(e.Seq, "edited", "its hash is %s, and was %s when the head was noted: the log was written anew", e.Hash, noted.Hash)
		}
	}
	switch e.Operation {
	case auditTruncated:
		return v.bad(e.Seq, "truncated", "%s", e.Note)
	case auditGap:
		v.report.Gaps += e.Missed
		v.report.Warnings = append(v.report.Warnings, fmt.Sprintf("entry %d: %d missed: %s", e.Seq, e.Missed, e.Note))
	case auditPruned:
		if last, ok := strings.CutPrefix(e.Target, prunedPrefix); ok {
			v.pruned, _ = strconv.ParseUint(last, 10, 64) // the hash holds, so we wrote it
		}
	}
	v.report.Entries++
	v.report.Head = api.AuditHead{Seq: e.Seq, Hash: e.Hash}
	return nil
}

// end checks both ends of the log: that what is not there was removed by the
// log itself, and that it goes as far as its heads say.
func (v *auditCheck) end(dir string) error {
	v.line++
	if v.report.First > 1 && v.pruned < v.report.First-1 {
		v.path, v.line = filepath.Join(dir, auditName(v.report.First)), 1
		return v.bad(1, "removed", "the log begins with entry %d, and does not say that those before were removed to make room", v.report.First)
	}
	seq := v.report.Head.Seq
	for _, noted := range v.noted {
		switch {
		case noted.Seq > seq:
			return v.bad(seq+1, "truncated", "the log ends with entry %d; it had got to %d (%s)", seq, noted.Seq, noted.Hash)
		case noted.Seq > 0 && noted.Seq < v.report.First:
			v.report.Warnings = append(v.report.Warnings, fmt.Sprintf("entry %d, a noted head, was removed to make room", noted.Seq))
		}
	}
	return nil
}
