package admin

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"meridian/admin/api"
)

// lines calls do with each line of a reader, without its newline, and whether
// it has one. A line above maxAuditLine is cut there. It stops at an error.
func lines(r io.Reader, do func(line []byte, ended bool) error) error {
	buffered := bufio.NewReaderSize(r, maxAuditLine)
	for {
		line, err := buffered.ReadSlice('\n')
		if len(line) > 0 {
			ended := line[len(line)-1] == '\n'
			if ended {
				line = line[:len(line)-1]
			}
			if err := do(line, ended); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, bufio.ErrBufferFull) || err == nil:
		default:
			return err
		}
	}
}

// auditTail is what the last file of a log ends with.
type auditTail struct {
	head   api.AuditHead // of the last line that is an entry
	size   int64         // bytes up to the last newline
	loose  int64         // bytes behind it
	broken bool          // the last whole line is no entry
}

func readTail(path string) (t auditTail, err error) {
	f, err := os.Open(path)
	if err != nil {
		return t, err
	}
	defer func() { _ = f.Close() }() // read only
	err = lines(f, func(line []byte, ended bool) error {
		if !ended {
			t.loose += int64(len(line))
			return nil
		}
		t.size, t.loose = t.size+t.loose+int64(len(line))+1, 0
		e, err := parseAudit(line)
		if t.broken = err != nil; e.Seq > 0 {
			t.head = api.AuditHead{Seq: e.Seq, Hash: e.Hash}
		}
		return nil
	})
	return t, err
}

// resume finds the log's end and goes on behind it.
func (l *AuditLog) resume() error {
	files, err := auditFiles(l.o.Dir)
	if err != nil {
		return err
	}
	noted, err := readMark(l.o.Dir)
	if err != nil {
		l.o.Logger.Warn("audit head is not readable", "error", err)
	}
	l.head = api.AuditHead{Hash: noHash()}
	notes, err := l.resumeFiles(files, noted)
	if err != nil {
		return err
	}
	if l.mark, err = os.OpenFile(filepath.Join(l.o.Dir, auditMark), os.O_WRONLY|os.O_CREATE, 0o600); err != nil {
		l.o.Logger.Warn("audit head cannot be written", "error", err)
	}
	for _, e := range notes {
		if err := l.Append(e); err != nil {
			l.o.Logger.Error("audit log cannot be written", "error", err)
		}
	}
	return nil
}

// resumeFiles sets head, file and size from the newest file that holds an
// entry, and returns what is to be written down about it.
func (l *AuditLog) resumeFiles(files []uint64, noted api.AuditHead) ([]api.AuditEntry, error) {
	var notes []api.AuditEntry
	for i := len(files) - 1; i >= 0; i-- {
		tail, err := readTail(filepath.Join(l.o.Dir, auditName(files[i])))
		if err != nil {
			return nil, err
		}
		if tail.head.Seq == 0 {
			continue
		}
		l.head = tail.head
		if i == len(files)-1 && !tail.broken {
			if notes, err = l.reopen(files[i], tail); err != nil {
				return nil, err
			}
		}
		break
	}
	if noted.Seq > l.head.Seq {
		notes = append(notes, api.AuditEntry{
			At: time.Now().UTC(), Operation: auditTruncated, Outcome: "note", Missed: noted.Seq - l.head.Seq,
			Note: fmt.Sprintf("the log ended with entry %d; it had got to %d (%s)", l.head.Seq, noted.Seq, noted.Hash),
		})
		l.o.Logger.Error("audit log was cut off", "last_entry", l.head.Seq, "noted_entry", noted.Seq)
	}
	return notes, nil
}

// reopen goes on in a file, behind its last whole line.
func (l *AuditLog) reopen(first uint64, tail auditTail) ([]api.AuditEntry, error) {
	f, err := os.OpenFile(filepath.Join(l.o.Dir, auditName(first)), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	l.out, l.size = f, tail.size
	if tail.loose == 0 {
		return nil, nil
	}
	if err := f.Truncate(tail.size); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return []api.AuditEntry{{
		At: time.Now().UTC(), Operation: auditGap, Outcome: "note", Missed: 1,
		Note: fmt.Sprintf("%d bytes of an entry that was not finished were dropped", tail.loose),
	}}, nil
}
