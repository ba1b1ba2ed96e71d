package policy

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bounds of what is taken for a secret: shorter ones are everywhere.
const (
	leastHidden = 3 // bytes of a secret
	leastPiece  = 4 // octets of base64 that are one's own
	leastCookie = 8 // bytes of one value of several
)

// hidden is what no trace may show, in the spellings that policies give it. Its
// zero value hides nothing.
type hidden struct {
	words  []string // the longest first
	pieces []string // of base64, wherever a secret stands in what was encoded
	names  []string // of variables and fields that were made of a secret, quoted
}

// add hides a secret, as it is and as it is written in URLs, JSON, XML,
// hexadecimal digits and base64.
func (h *hidden) add(secret string) {
	if len(secret) < leastHidden || slices.Contains(h.words, secret) {
		return
	}
	text, _ := json.Marshal(secret) // a string can be marshalled
	digits := hex.EncodeToString([]byte(secret))
	for _, word := range []string{
		secret, strings.ToLower(secret), strings.ToUpper(secret), url.QueryEscape(secret), url.PathEscape(secret),
		html.EscapeString(secret), string(text[1 : len(text)-1]), digits, strings.ToUpper(digits),
	} {
		if !slices.Contains(h.words, word) {
			h.words = append(h.words, word)
		}
	}
	slices.SortStableFunc(h.words, func(a, b string) int { return len(b) - len(a) })
	for before := range 3 {
		h.piece(before, secret)
	}
}

// piece hides what a secret is in base64 behind so many octets of a group.
func (h *hidden) piece(before int, secret string) {
	all := base64.StdEncoding.EncodeToString(append(make([]byte, before), secret...))
	its := all[(8*before+5)/6 : 8*(before+len(secret))/6]
	for _, one := range []string{its, strings.NewReplacer("+", "-", "/", "_").Replace(its)} {
		if len(one) >= leastPiece && !slices.Contains(h.pieces, one) {
			h.pieces = append(h.pieces, one)
		}
	}
}

// made hides what an expression made of a secret. What says next to nothing is
// hidden where it stands, and not wherever it occurs.
func (h *hidden) made(value string) {
	if _, err := strconv.ParseBool(value); err != nil && len(value) > leastHidden {
		h.add(value)
	}
}

// name hides what later expressions make of a variable or a field.
func (h *hidden) name(name string) { h.names = append(h.names, strconv.Quote(name)) }

// mentions reports whether an expression reads what was made of a secret.
func (h *hidden) mentions(expression string) bool {
	return slices.ContainsFunc(h.names, func(name string) bool { return strings.Contains(expression, name) })
}

// credentials hides what a request proves itself with.
func (h *hidden) credentials(fields http.Header) {
	for name, values := range fields {
		if !credential(name) {
			continue
		}
		h.name(name)
		for _, value := range values {
			h.add(value)
			h.parts(value)
		}
	}
}

// parts hides what a credential consists of: the token behind its scheme, user
// and password, the values of cookies.
func (h *hidden) parts(value string) {
	if scheme, token, ok := strings.Cut(value, " "); ok {
		h.add(token)
		if plain, err := base64.StdEncoding.DecodeString(token); err == nil && strings.EqualFold(scheme, "basic") {
			h.add(string(plain))
			_, password, _ := strings.Cut(string(plain), ":")
			h.add(password)
		}
	}
	for pair := range strings.SplitSeq(value, ";") {
		if _, one, ok := strings.Cut(pair, "="); ok && len(one) >= leastCookie {
			h.add(one)
		}
	}
}

// veil replaces what is hidden.
func (h *hidden) veil(s string) string {
	for _, word := range h.words {
		s = strings.ReplaceAll(s, word, mask)
	}
	for _, piece := range h.pieces {
		s = cover(s, piece)
	}
	return s
}

const mask = "***"

// cover replaces a piece of base64, with the digit before and the one behind:
// they have the rest of its first and last octets.
func cover(s, piece string) string {
	for from := 0; ; {
		at := strings.Index(s[from:], piece)
		if at < 0 {
			return s
		}
		start, end := from+at, from+at+len(piece)
		if start > 0 && inBase64(s[start-1]) {
			start--
		}
		if end < len(s) && inBase64(s[end]) {
			end++
		}
		s, from = s[:start]+mask+s[end:], start+len(mask)
	}
}

func inBase64(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '-' || c == '_'
}
