package dnsserver

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"meridian/internal/dnstest"
)

// TestCases sends every query of testdata/*.cases over a real socket and
// compares the reply with what stands below it.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.cases")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	s := startServer(t, testOptions(), newWorld(t).view)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := dnstest.Cases(string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, c := range cases {
			t.Run(filepath.Base(file)+"/"+c.Query, func(t *testing.T) {
				if got := ask(t, s, c.Query); got != c.Want {
					t.Errorf("%s:%d: %s\ngot:\n%s\nwant:\n%s", file, c.Line, c.Comment, got, c.Want)
				}
			})
		}
	}
}

// ask sends a query of a case and returns its reply as text.
func ask(t *testing.T, s *Server, line string) string {
	t.Helper()
	line, tcp := strings.CutPrefix(line, "tcp ")
	query, err := dnstest.Query(line)
	if err != nil {
		t.Fatal(err)
	}
	exchange := dnstest.UDP
	if tcp {
		exchange = dnstest.TCP
	}
	reply, err := exchange(s.Addrs()[0], query, dnstest.Patience)
	if err != nil {
		t.Fatal(err)
	}
	text, err := dnstest.Show(reply)
	if err != nil {
		t.Fatalf("%v: %x", err, reply)
	}
	return text
}

// silent reports whether a packet has no reply: a later query on the same
// server has one, and nothing else comes.
func silent(t *testing.T, s *Server, packet []byte) bool {
	t.Helper()
	_, err := dnstest.UDP(s.Addrs()[0], packet, 200*time.Millisecond)
	return errors.Is(err, os.ErrDeadlineExceeded)
}
