package expr

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// jwt is a token that was read but not checked: validate-jwt checks.
type jwt struct{ head, body *Token }

// jwtOf is "…".AsJwt(): null where the text is no token. "Bearer " may stand
// before it.
func jwtOf(s string) value {
	s = strings.TrimSpace(s)
	if scheme, rest, ok := strings.Cut(s, " "); ok && strings.EqualFold(scheme, "Bearer") {
		s = strings.TrimSpace(rest)
	}
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return null()
	}
	head, body := jwtPart(parts[0]), jwtPart(parts[1])
	if head == nil || body == nil {
		return null()
	}
	return object(kJWT, &jwt{head, body})
}

func jwtPart(s string) *Token {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil {
		return nil
	}
	t, err := parseJSON(string(b))
	if err != nil || t.k != kJObject {
		return nil
	}
	return t
}

// texts are the values of a claim.
func texts(t *Token) []string {
	if t == nil {
		return []string{}
	}
	if t.k != kJArray {
		return []string{t.text()}
	}
	out := make([]string, len(t.items))
	for i, it := range t.items {
		out[i] = it.text()
	}
	return out
}

// claims are all claims as fields, so that they have the methods of Headers.
func (j *jwt) claims() http.Header {
	out := http.Header{}
	for _, p := range j.body.items {
		out[p.name] = texts(p.items[0])
	}
	return out
}

func jwtProperties() []property {
	claim := func(sig, name string, from func(*jwt) *Token) property {
		return property{sig, func(_ *frame, v value) (value, error) {
			t := from(v.o.(*jwt)).get(name)
			if t == nil {
				return null(), nil
			}
			return str(t.text()), nil
		}}
	}
	head, body := func(j *jwt) *Token { return j.head }, func(j *jwt) *Token { return j.body }
	return []property{
		claim("Id string", "jti", body),
		claim("Issuer string", "iss", body),
		claim("Subject string", "sub", body),
		claim("Algorithm string", "alg", head),
		claim("Type string", "typ", head),
		{"Audiences string[]", func(_ *frame, v value) (value, error) { return stringsOf(texts(v.o.(*jwt).body.get("aud"))), nil }},
		{"Claims IReadOnlyDictionary<string,string[]>", func(_ *frame, v value) (value, error) { return object(kHeaders, v.o.(*jwt).claims()), nil }},
		jwtTime("ExpirationTime", "exp"),
		jwtTime("NotBefore", "nbf"),
		jwtTime("IssuedAt", "iat"),
	}
}

// jwtTime is a claim of seconds since 1970 as a DateTime; null where it is none.
func jwtTime(title, name string) property {
	return property{title + " DateTime?", func(_ *frame, v value) (value, error) {
		t := v.o.(*jwt).body.get(name)
		if t == nil || t.k != kJValue || t.val.k != kLong {
			return null(), nil
		}
		at, err := fromUnix(t.val.n, ticksPerSecond)
		if err != nil {
			return null(), nil //nolint:nilerr // a time out of range is none
		}
		return value{k: kDateTime, n: at.n | kindUTC}, nil
	}}
}
