package secret

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Errors of tokens that are not accepted.
var (
	ErrUnknownToken = errors.New("unknown token")
	ErrExpired      = errors.New("token has expired")
)

// Tokens is a set of tokens to look up in. It does not change.
type Tokens struct{ list []Token }

// NewTokens makes a set. Deleted tokens are left out.
func NewTokens(list []Token) Tokens {
	list = slices.Clone(list)
	return Tokens{list: slices.DeleteFunc(list, func(t Token) bool { return t.Deleted })}
}

// Len returns how many there are.
func (t Tokens) Len() int { return len(t.list) }

// Lookup returns the token of a clear text. It fails with ErrBadToken,
// ErrUnknownToken or ErrExpired. It compares with every token, in a time that
// does not depend on which one matches.
func (t Tokens) Lookup(clear string, now time.Time) (Token, error) {
	hash, err := HashOf(clear)
	if err != nil {
		return Token{}, err
	}
	at := -1
	for i := range t.list {
		same := subtle.ConstantTimeCompare(t.list[i].Hash[:], hash[:])
		at = subtle.ConstantTimeSelect(same, i, at)
	}
	if at < 0 {
		return Token{}, ErrUnknownToken
	}
	if found := t.list[at]; !found.Live(now) {
		return Token{}, fmt.Errorf("%w: %.80q on %s", ErrExpired, found.Name, found.Expires.Format(time.RFC3339))
	}
	return t.list[at], nil
}
