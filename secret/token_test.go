package secret

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestNewToken: a token is as long as it should be, no two are alike, its hash
// is that of its text, and any mistake in typing is noticed.
func TestNewToken(t *testing.T) {
	clear, hash := NewToken()
	if other, _ := NewToken(); other == clear {
		t.Error("got the same token twice")
	}
	if !strings.HasPrefix(clear, "mrd_") || len(clear) != 62 || clear != strings.ToLower(clear) {
		t.Errorf("got %d characters %.4s…, want mrd_ and 58 more", len(clear), clear)
	}
	if got, err := HashOf(clear); err != nil || got != hash || got != sha256.Sum256([]byte(clear)) {
		t.Errorf("got %x, %v, want %x", got, err, hash)
	}
	for i := range clear {
		typo := []byte(clear)
		typo[i] = 'a' + (typo[i]-'a'+1)%26
		if i == len(clear)-1 {
			continue // of the last character the lowest bits are no data
		}
		if _, err := HashOf(string(typo)); !errors.Is(err, ErrBadToken) {
			t.Errorf("character %d mistyped: got %v, want %v", i, err, ErrBadToken)
		}
	}
	for _, bad := range []string{"", "mrd_", clear[:61], clear + "a", strings.ToUpper(clear), " " + clear, "mrd_" + strings.Repeat("1", 58)} {
		if _, err := HashOf(bad); !errors.Is(err, ErrBadToken) || strings.Contains(err.Error(), "11111") {
			t.Errorf("%.8q…: got %v, want %v", bad, err, ErrBadToken)
		}
	}
}

func testToken(name Name) (Token, string) {
	clear, hash := NewToken()
	return Token{Name: name, Role: Operator, Hash: hash, Version: 1, Created: origin(1).At, By: "alice", Author: "n1"}, clear
}

// TestLookup: each token is found by its text until it expires or is deleted.
func TestLookup(t *testing.T) {
	now := origin(1).At.Add(time.Hour)
	var list []Token
	var clears []string
	for _, name := range []Name{"a", "b", "c"} {
		token, clear := testToken(name)
		list, clears = append(list, token), append(clears, clear)
	}
	list[1].Expires = now.Add(time.Minute)
	list[2].Deleted = true
	tokens := NewTokens(list)
	if got := tokens.Len(); got != 2 {
		t.Errorf("got %d tokens, want 2", got)
	}
	_, unknown := testToken("d")
	for _, c := range []struct {
		clear string
		at    time.Time
		name  Name
		want  error
	}{
		{clears[0], now, "a", nil},
		{clears[1], now, "b", nil},
		{clears[1], now.Add(time.Minute), "", ErrExpired},
		{clears[2], now, "", ErrUnknownToken},
		{unknown, now, "", ErrUnknownToken},
		{"password", now, "", ErrBadToken},
	} {
		got, err := tokens.Lookup(c.clear, c.at)
		if got.Name != c.name || !errors.Is(err, c.want) || err != nil && strings.Contains(err.Error(), c.clear) {
			t.Errorf("%.8s… at %v: got %q, %v, want %q, %v", c.clear, c.at, got.Name, err, c.name, c.want)
		}
	}
	if _, err := (Tokens{}).Lookup(clears[0], now); !errors.Is(err, ErrUnknownToken) {
		t.Errorf("no tokens: got %v, want %v", err, ErrUnknownToken)
	}
	if list[2].Name != "c" {
		t.Error("NewTokens changed its argument")
	}
}

func TestRoles(t *testing.T) {
	for _, text := range []string{"", "Admin", "root"} {
		if got, err := ParseRole(text); err == nil {
			t.Errorf("%q: got %q, want an error", text, got)
		}
	}
	if got, err := ParseRole("admin"); got != Admin || err != nil {
		t.Errorf("admin: got %q, %v", got, err)
	}
}

// TestTokenTravels: a token is read as it was written, without its text.
func TestTokenTravels(t *testing.T) {
	token, clear := testToken("ci")
	for _, expires := range []time.Time{{}, token.Created.Add(time.Hour)} {
		token.Expires = expires
		b, err := token.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), clear[4:]) {
			t.Error("the record holds the token's text")
		}
		back, err := DecodeToken(b)
		if diff := cmp.Diff(token, back); err != nil || diff != "" {
			t.Errorf("got %v\n%s", err, diff)
		}
	}
	for says, change := range map[string]func(*Token){
		"role \"root\"": func(t *Token) { t.Role = "root" },
		"name \"\"":     func(t *Token) { t.Name = "" },
		"version 0":     func(t *Token) { t.Version = 0 },
		"expires":       func(t *Token) { t.Expires = t.Created.Add(-time.Second) },
	} {
		bad := token
		change(&bad)
		if _, err := bad.Encode(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want an error that says %q", err, says)
		}
		b, err := json.Marshal(bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeToken(b); err == nil {
			t.Errorf("%s: read without an error", says)
		}
	}
}

// TestUses: the last use is known, of so many tokens at most.
func TestUses(t *testing.T) {
	var u Uses
	now := origin(1).At
	if got := u.Last("a"); !got.IsZero() {
		t.Errorf("never used: got %v", got)
	}
	u.Note("a", now)
	u.Note("a", now.Add(time.Second))
	if got := u.Last("a"); !got.Equal(now.Add(time.Second)) {
		t.Errorf("got %v, want the last", got)
	}
	for i := range maxUses {
		u.Note(Name(strings.Repeat("x", i+1)), now)
	}
	if got := len(u.last); got != maxUses {
		t.Errorf("got %d names, want %d", got, maxUses)
	}
}

// FuzzDecodeToken: no record ends the process, and what is read is written
// again.
func FuzzDecodeToken(f *testing.F) {
	token, _ := testToken("ci")
	b, err := token.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		token, err := DecodeToken(b)
		if err != nil {
			return
		}
		again, err := token.Encode()
		if err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		back, err := DecodeToken(again)
		if diff := cmp.Diff(token, back); err != nil || diff != "" {
			t.Errorf("got %v\n%s", err, diff)
		}
	})
}

// FuzzHashOf: no text ends the process, and what is taken is the text of 32
// random bytes.
func FuzzHashOf(f *testing.F) {
	clear, _ := NewToken()
	f.Add(clear)
	f.Add("mrd_")
	f.Fuzz(func(t *testing.T, text string) {
		hash, err := HashOf(text)
		if err == nil && (len(text) != 62 || hash != sha256.Sum256([]byte(text))) {
			t.Errorf("%q: got %x", text, hash)
		}
	})
}
