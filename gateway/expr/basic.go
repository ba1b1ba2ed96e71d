package expr

import (
	"encoding/base64"
	"strings"
)

// credentials are what Authorization: Basic holds.
type credentials struct{ user, password string }

// basicOf is "Basic …".AsBasic(); null where it is none.
func basicOf(s string) value {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	user, password, ok := strings.Cut(string(b), ":")
	if !strings.EqualFold(scheme, "Basic") || err != nil || !ok {
		return null()
	}
	return object(kBasic, &credentials{user, password})
}

func basicProperties() []property {
	return []property{
		{"Username string", func(_ *frame, v value) (value, error) { return str(v.o.(*credentials).user), nil }},
		{"UserId string", func(_ *frame, v value) (value, error) { return str(v.o.(*credentials).user), nil }},
		{"Password string", func(_ *frame, v value) (value, error) { return str(v.o.(*credentials).password), nil }},
	}
}
