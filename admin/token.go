package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"meridian/admin/api"
)

// tokenPrefix makes tokens recognisable, to people and to scanners for leaked
// secrets.
const tokenPrefix = "mrd_"

// maxToken is the most bytes of a token that are looked at.
const maxToken = 256

// Token is what is kept of a bearer token: never its text.
type Token struct {
	Name string
	Role api.Role
	Hash [sha256.Size]byte // HashToken of the text
}

// NewToken makes the text of a token with 256 random bits. It is shown once;
// HashToken of it is kept.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// HashToken returns what is kept of a token. A plain hash will do, as tokens
// are random and not chosen by people.
func HashToken(text string) [sha256.Size]byte { return sha256.Sum256([]byte(text)) }

// MatchToken returns whose token the text is. It takes as long whether, and
// where, it is found: every token is compared.
func MatchToken(tokens []Token, text string) (Principal, error) {
	hash := HashToken(text)
	found := -1
	for i := range tokens {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash[:], tokens[i].Hash[:]), i, found)
	}
	if found < 0 {
		return Principal{}, api.Errorf(api.Unauthorized, "the token is not known here: it was mistyped, deleted, or has not arrived yet")
	}
	return Principal{Name: tokens[found].Name, Role: tokens[found].Role}, nil
}
