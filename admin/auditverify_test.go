package admin

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"meridian/admin/api"
)

func openAudit(t testing.TB, o AuditOptions) *AuditLog {
	t.Helper()
	l, err := OpenAudit(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// time0 is when all entries of these tests are from.
var time0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func change(n int) api.AuditEntry {
	return api.AuditEntry{
		At: time0, Principal: "token:alice", Role: api.Operator, Operation: "patchLocation", Target: "location/westus2",
		Reason: fmt.Sprintf("reason %d with \"quotes\",\"hash\":\"x\"}", n), Status: 200, Outcome: "done",
	}
}

// written makes a log of n entries and returns its directory and lines.
func written(t testing.TB, n int) (dir string, lines [][]byte) {
	t.Helper()
	dir = t.TempDir()
	l := openAudit(t, AuditOptions{Dir: dir, Node: "n1"})
	for i := range n {
		if err := l.Append(change(i)); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, auditName(1)))
	if err != nil {
		t.Fatal(err)
	}
	return dir, bytes.SplitAfter(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
}

func verify(t testing.TB, dir string) api.AuditReport {
	t.Helper()
	report, err := VerifyAudit(dir, api.AuditHead{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestVerifyAudit (faults.md C19): what is done to the file, and the first bad
// entry that is found.
func TestVerifyAudit(t *testing.T) {
	join := func(parts ...[][]byte) []byte { return bytes.Join(slices.Concat(parts...), nil) }
	tests := []struct {
		name string
		edit func(lines [][]byte) []byte
		seq  uint64 // 0: it holds
		what string
	}{
		{"untouched", func(l [][]byte) []byte { return append(join(l), '\n') }, 0, ""},
		{"edited", func(l [][]byte) []byte {
			return append(bytes.Replace(join(l), []byte("reason 4"), []byte("reason 9"), 1), '\n')
		}, 5, "edited"},
		{"first edited", func(l [][]byte) []byte {
			return append(bytes.Replace(join(l), []byte("alice"), []byte("malicious"), 1), '\n')
		}, 1, "edited"},
		{"hash edited too", func(l [][]byte) []byte {
			e, _ := parseAudit(bytes.TrimSpace(l[4]))
			e.Reason = "another"
			again, _, _ := seal([]api.AuditEntry{e}, api.AuditHead{Seq: 4, Hash: e.Prev})
			return append(join(l[:4], [][]byte{again}, l[5:]), '\n')
		}, 6, "edited"},
		{"removed", func(l [][]byte) []byte { return append(join(l[:4], l[5:]), '\n') }, 5, "removed"},
		{"reordered", func(l [][]byte) []byte { return append(join(l[:3], l[4:5], l[3:4], l[5:]), '\n') }, 5, "reordered"},
		{"doubled", func(l [][]byte) []byte { return append(join(l[:4], l[3:]), '\n') }, 4, "reordered"},
		{"head cut off", func(l [][]byte) []byte { return append(join(l[2:]), '\n') }, 3, "removed"},
		{"tail cut off", func(l [][]byte) []byte { return join(l[:7]) }, 8, "truncated"},
		{"all cut off", func([][]byte) []byte { return nil }, 1, "truncated"},
		{"in the middle of a line", func(l [][]byte) []byte { return join(l)[:len(join(l))-20] }, 10, "truncated"},
		{"line that is none", func(l [][]byte) []byte { return append(join(l[:4], [][]byte{[]byte("hello\n")}, l[5:]), '\n') }, 5, "unreadable"},
		{"hash not last", func(l [][]byte) []byte {
			return append(bytes.Replace(join(l), []byte(`"}`+"\n"), []byte(`","x":1}`+"\n"), 1), '\n')
		}, 1, "unreadable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, lines := written(t, 10)
			if err := os.WriteFile(filepath.Join(dir, auditName(1)), tt.edit(lines), 0o600); err != nil {
				t.Fatal(err)
			}
			got := verify(t, dir)
			if tt.seq == 0 {
				if !got.OK || got.Entries != 10 || got.Bad != nil {
					t.Errorf("got %+v, want ten entries that hold", got)
				}
				return
			}
			if got.OK || got.Bad == nil || got.Bad.Seq != tt.seq || got.Bad.What != tt.what {
				t.Errorf("got %+v (%+v), want entry %d %s", got, got.Bad, tt.seq, tt.what)
			}
		})
	}
}

// TestVerifyAuditLaw: any single byte that is changed, in any entry but in
// none of its white space, is found, and not behind its entry.
func TestVerifyAuditLaw(t *testing.T) {
	dir, lines := written(t, 6)
	data := append(bytes.Join(lines, nil), '\n')
	path := filepath.Join(dir, auditName(1))
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
		bit := rapid.IntRange(0, 7).Draw(t, "bit")
		broken := bytes.Clone(data)
		broken[at] ^= 1 << bit
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		seq := uint64(bytes.Count(data[:at], []byte("\n"))) + 1
		report, err := VerifyAudit(dir, api.AuditHead{})
		if err != nil || report.OK || report.Bad.Seq > seq+1 || report.Entries > seq {
			t.Fatalf("bit %d of byte %d (entry %d) turned: got %+v %+v, %v", bit, at, seq, report, report.Bad, err)
		}
	})
}

// TestVerifyNotedHead: a log that was written anew, with every hash in order,
// is not the one whose head was noted.
func TestVerifyNotedHead(t *testing.T) {
	_, first := written(t, 5)
	e, err := parseAudit(bytes.TrimSpace(first[2]))
	if err != nil {
		t.Fatal(err)
	}
	dir, _ := written(t, 5)
	noted := api.AuditHead{Seq: e.Seq, Hash: e.Hash}
	if got, err := VerifyAudit(dir, noted); err != nil || !got.OK {
		t.Errorf("the same entries: got %+v, %v, want ok", got, err)
	}
	noted.Hash = strings.Repeat("1", 64)
	if got, err := VerifyAudit(dir, noted); err != nil || got.OK || got.Bad.Seq != 3 || got.Bad.What != "edited" {
		t.Errorf("another head: got %+v, %v, want entry 3 edited", got, err)
	}
	if got, err := VerifyAudit(dir, api.AuditHead{Seq: 9, Hash: e.Hash}); err != nil || got.OK || got.Bad.What != "truncated" {
		t.Errorf("a head ahead: got %+v, %v, want truncated", got, err)
	}
}

// TestAuditRotation: files are begun and pruned, the chain goes through them,
// and a file that somebody else removed is missed.
func TestAuditRotation(t *testing.T) {
	dir := t.TempDir()
	l := openAudit(t, AuditOptions{Dir: dir, FileSize: 2000, Files: 3})
	for i := range 60 {
		if err := l.Append(change(i)); err != nil {
			t.Fatal(err)
		}
	}
	got := verify(t, dir)
	if !got.OK || got.Files != 3 || got.First < 30 || got.Head != l.Head() {
		t.Errorf("got %+v, want three files that hold, up to %+v", got, l.Head())
	}
	files, err := auditFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, auditName(files[0]))); err != nil {
		t.Fatal(err)
	}
	if got := verify(t, dir); got.OK || got.Bad.What != "removed" {
		t.Errorf("first file removed by hand: got %+v, want a finding", got)
	}
}

// TestAuditResume: a log is continued after a stop, after an unfinished line,
// and after its end was cut off, which is then in the log.
func TestAuditResume(t *testing.T) {
	dir, _ := written(t, 3)
	again := func() api.AuditReport {
		l := openAudit(t, AuditOptions{Dir: dir})
		if err := l.Append(change(0)); err != nil {
			t.Fatal(err)
		}
		return verify(t, dir)
	}
	if got := again(); !got.OK || got.Entries != 4 || got.Files != 1 {
		t.Errorf("after a stop: got %+v, want four entries in one file", got)
	}
	path := filepath.Join(dir, auditName(1))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(bytes.Clone(whole), `{"seq":5,"at":"20`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := again(); !got.OK || got.Entries != 6 || got.Gaps != 1 {
		t.Errorf("after an unfinished line: got %+v (%+v), want six entries, one about the gap", got, got.Bad)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := again(); got.OK || got.Bad.What != "truncated" || got.Bad.Seq != 5 {
		t.Errorf("after the end was cut off: got %+v %+v, want entry 5 to say so", got, got.Bad)
	}
}

// TestAuditAppendsTogether: what many write at once is one chain, and each is
// on disk when Append returns.
func TestAuditAppendsTogether(t *testing.T) {
	dir := t.TempDir()
	l := openAudit(t, AuditOptions{Dir: dir})
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if err := l.Append(change(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := verify(t, dir); !got.OK || got.Entries != 50 {
		t.Errorf("got %+v, want fifty entries", got)
	}
}

// sickDisk is a file that fails as told.
type sickDisk struct {
	auditWriter
	ill *illness
}

type illness struct {
	short, sync, create error
	syncs               int
}

func (s *sickDisk) Write(b []byte) (int, error) {
	if s.ill.short == nil {
		return s.auditWriter.Write(b)
	}
	n, err := s.auditWriter.Write(b[:len(b)/2])
	return n, errors.Join(err, s.ill.short)
}

func (s *sickDisk) Sync() error {
	s.ill.syncs++
	return errors.Join(s.auditWriter.Sync(), s.ill.sync)
}

func (i *illness) open(path string) (auditWriter, error) {
	if i.create != nil {
		return nil, i.create
	}
	f, err := createAudit(path)
	return &sickDisk{f, i}, err
}

// TestAuditSickDisk (faults.md C9, C10): what could not be written is counted,
// the log holds all the time, and says what it lacks once it can.
func TestAuditSickDisk(t *testing.T) {
	full := errors.New("no space left on device")
	for name, sick := range map[string]func(*illness){
		"full":           func(i *illness) { i.short = full },
		"fsync":          func(i *illness) { i.sync = full },
		"both":           func(i *illness) { i.short, i.create = full, full },
		"fsync and open": func(i *illness) { i.sync, i.create = full, full },
	} {
		t.Run(name, func(t *testing.T) {
			ill, dir := &illness{}, t.TempDir()
			l := openAudit(t, AuditOptions{Dir: dir, create: ill.open})
			for i := range 3 {
				if err := l.Append(change(i)); err != nil {
					t.Fatal(err)
				}
			}
			sick(ill)
			for i := range 4 {
				if err := l.Append(change(i)); !errors.Is(err, full) {
					t.Errorf("got %v, want the disk's error", err)
				}
			}
			if got := l.Head(); got.Seq != 3 || got.Missed != 4 {
				t.Errorf("head: got %+v, want entry 3 and 4 missed", got)
			}
			if got := verify(t, dir); !got.OK || got.Entries != 3 {
				t.Errorf("meanwhile: got %+v %+v, want three entries that hold", got, got.Bad)
			}
			*ill = illness{}
			if err := l.Append(change(9)); err != nil {
				t.Errorf("healed: %v", err)
			}
			if got := verify(t, dir); !got.OK || got.Entries != 5 || got.Gaps != 4 || l.Head().Missed != 0 {
				t.Errorf("healed: got %+v %+v, want five entries, one about a gap of 4", got, got.Bad)
			}
		})
	}
}

// TestAuditBounds: a caller cannot make a line that is not read again.
func TestAuditBounds(t *testing.T) {
	dir := t.TempDir()
	l := openAudit(t, AuditOptions{Dir: dir})
	e := change(0)
	e.Reason, e.Path = strings.Repeat("\x00é", 1<<20), strings.Repeat("/", 1<<20)
	for range 1000 {
		e.Bypass = append(e.Bypass, e.Reason)
	}
	if err := l.Append(e); err != nil {
		t.Fatal(err)
	}
	if got := verify(t, dir); !got.OK {
		t.Errorf("got %+v", got.Bad)
	}
}

// FuzzVerifyAudit: no content of a file ends the process or passes for a log
// that it is not.
func FuzzVerifyAudit(f *testing.F) {
	_, lines := written(f, 2)
	f.Add(append(bytes.Join(lines, nil), '\n'))
	f.Add([]byte(`{"seq":18446744073709551615,"hash":""}` + "\n"))
	f.Add([]byte(`{"seq":1,"at":"x`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, auditName(1)), data, 0o600); err != nil {
			t.Fatal(err)
		}
		report, err := VerifyAudit(dir, api.AuditHead{})
		if err != nil {
			t.Fatal(err)
		}
		if report.OK && len(data) > 0 && report.Entries == 0 {
			t.Errorf("%q holds and has no entry", data)
		}
		l, err := OpenAudit(AuditOptions{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		err = l.Append(change(1))
		if err = errors.Join(err, l.Close()); err != nil {
			t.Fatal(err)
		}
	})
}
