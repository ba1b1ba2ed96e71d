package cluster

import (
	"bytes"
	"crypto/ed25519"
	"io"
	"slices"
	"testing"
	"time"
)

// FuzzMerge: no message ends the process, and what is taken was signed.
func FuzzMerge(f *testing.F) {
	id := testIdentity(f, 1)
	f.Add(write(f, NewLedger("test", latest()), id, "k", 1))
	f.Fuzz(func(t *testing.T, message []byte) {
		l := NewLedger("test", latest())
		before := slices.Clone(message)
		changed, err := l.Merge(message)
		if !bytes.Equal(before, message) {
			t.Errorf("the message was written to")
		}
		es := l.Entries()
		if changed != (len(es) == 1) || changed && err != nil {
			t.Fatalf("got %t, %v with %d records held", changed, err, len(es))
		}
		if !changed {
			return
		}
		_, raw, err := cutMessage(message)
		if err != nil {
			t.Fatal(err)
		}
		end := len(raw) - ed25519.SignatureSize
		if !ed25519.Verify(es[0].Record.Author, signed("test", raw[:end]), raw[end:]) {
			t.Errorf("took a record that nobody signed: %q", message)
		}
		if age := es[0].Record.Age; age < 0 || age > maxAge+time.Minute {
			t.Errorf("got age %v, want 0 .. %v", age, maxAge)
		}
	})
}

// FuzzRecord: a record that parses is written again as it was.
func FuzzRecord(f *testing.F) {
	raw, err := testIdentity(f, 1).seal("test", &Record{Kind: "note", Key: "k", Version: Version{1, 2}, Body: []byte("body")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := parseRecord(raw)
		if err != nil {
			return
		}
		if got := r.append(nil); !bytes.Equal(got, raw[:len(raw)-ed25519.SignatureSize]) {
			t.Errorf("got %q, want %q", got, raw)
		}
	})
}

// FuzzImport: no file ends the process, and what is imported is exported.
func FuzzImport(f *testing.F) {
	l := NewLedger("test", latest())
	for _, key := range []string{"a", "b"} {
		write(f, l, testIdentity(f, 1), key, 1)
	}
	f.Add(l.Export(), int64(0))
	f.Fuzz(func(t *testing.T, data []byte, since int64) {
		l := NewLedger("test", latest())
		_ = l.Import(data, time.Duration(since)) // what is refused is in no ledger
		again := NewLedger("test", latest())
		if err := again.Import(l.Export(), 0); err != nil || !slices.Equal(heldIn(l), heldIn(again)) {
			t.Errorf("got %q, %v, want %q", heldIn(again), err, heldIn(l))
		}
	})
}

// FuzzDelta: a digest from outside gets messages within the limit, or one, and
// nothing where it says the same.
func FuzzDelta(f *testing.F) {
	l := NewLedger("test", latest())
	for _, key := range []string{"a", "b", "c"} {
		write(f, l, testIdentity(f, 1), key, 1)
	}
	f.Add(l.Digest(), 1000)
	f.Add([]byte(nil), 0)
	f.Add(make([]byte, DigestSize), -1)
	f.Fuzz(func(t *testing.T, peer []byte, limit int) {
		got := l.Delta(peer, limit)
		if size := len(slices.Concat(got...)); len(got) > 1 && size > limit {
			t.Errorf("got %d bytes, want at most %d", size, limit)
		}
		if bytes.Equal(peer, l.Digest()) && len(got) > 0 {
			t.Errorf("got %d messages for an equal digest, want none", len(got))
		}
		for _, m := range got {
			if _, err := NewLedger("test", latest()).Merge(m); err != nil {
				t.Errorf("a message of a delta: %v", err)
			}
		}
	})
}

// FuzzFrames: nothing that comes in on a stream ends the process, or is longer
// than allowed.
func FuzzFrames(f *testing.F) {
	f.Add(append(request{method: "echo", timeout: time.Second, body: []byte("body")}.head(), "body"...))
	f.Add(append(answer{status: statusError, body: remoteError(RemoteBusy, errBusy)}.head(), remoteError(RemoteBusy, errBusy)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, length, err := readRequestHead(bytes.NewReader(data)); err == nil {
			if r.method == "" || len(r.method) > maxMethod || length > MaxBody || r.timeout < 0 || r.timeout > 50*24*time.Hour {
				t.Errorf("got %+v with a body of %d bytes", r, length)
			}
		}
		a, err := readAnswer(bytes.NewReader(data))
		if err != nil {
			return
		}
		if cap(a.body) > 2*len(data)+firstBody {
			t.Errorf("got %d bytes of memory for %d that came", cap(a.body), len(data))
		}
		if e, err := parseRemoteError(a.body, "n", "m"); err == nil && len(e.Kind)+len(e.Text) >= len(a.body)+1 {
			t.Errorf("got %+v from %d bytes", e, len(a.body))
		}
	})
}

// TestDeclaredLengthTakesNoMemory: a body is read as it comes, whatever its
// header says of it.
func TestDeclaredLengthTakesNoMemory(t *testing.T) {
	for _, there := range []int{0, 1, firstBody, firstBody + 1, 3 * firstBody} {
		got := testing.AllocsPerRun(1, func() {
			b, err := readBody(bytes.NewReader(make([]byte, there)), MaxBody)
			if err == nil || b != nil {
				t.Errorf("%d bytes of %d: got %d, %v, want an error", there, MaxBody, len(b), err)
			}
		})
		if got > 12 {
			t.Errorf("%d bytes of %d: got %v allocations", there, MaxBody, got)
		}
	}
	b, err := readBody(io.LimitReader(zeroes{}, MaxBody), MaxBody)
	if err != nil || len(b) != MaxBody || cap(b) > MaxBody+MaxBody/2 {
		t.Errorf("all of it: got %d bytes in %d, %v", len(b), cap(b), err)
	}
}

type zeroes struct{}

func (zeroes) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
