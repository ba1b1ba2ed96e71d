package api

import "time"

// Secret is what may be known of a secret: never its value.
type Secret struct {
	Name        string       `json:"name" example:"backend-key"`
	Kind        string       `json:"kind" doc:"What it is for" example:"value"`
	Version     int          `json:"version"`
	Fingerprint string       `json:"fingerprint" doc:"Keyed: equal values have equal fingerprints within one cluster"`
	Created     time.Time    `json:"createdAt"`
	By          string       `json:"by"`
	Used        List[string] `json:"usedBy" nullable:"false" doc:"Where the plan names it"`
}

// Secrets lists secrets by name.
type Secrets struct {
	Secrets List[Secret] `json:"secrets" nullable:"false"`
}

// SecretValue sets a secret.
type SecretValue struct {
	Value  []byte `json:"value" minLength:"1" maxLength:"43692" doc:"Base64 of 1 to 32768 bytes"`
	Reason string `json:"reason,omitempty" maxLength:"1024"`
}

// Token is what may be known of a bearer token: never the token.
type Token struct {
	Name    string     `json:"name" example:"ci"`
	Role    string     `json:"role" enum:"viewer,operator,admin"`
	Created time.Time  `json:"createdAt"`
	By      string     `json:"by"`
	Expires *time.Time `json:"expiresAt,omitempty"`
}

// Tokens lists tokens by name.
type Tokens struct {
	Tokens List[Token] `json:"tokens" nullable:"false"`
}

// TokenOrder makes a token.
type TokenOrder struct {
	Name   string `json:"name" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$"`
	Role   string `json:"role" enum:"viewer,operator,admin"`
	For    string `json:"for,omitempty" maxLength:"32" doc:"How long it is good, P90D or 2160h; until it is deleted without"`
	Reason string `json:"reason,omitempty" maxLength:"1024"`
}

// NewToken is a token just made.
type NewToken struct {
	Token  Token  `json:"token"`
	Clear  string `json:"clear" doc:"The token itself. It is shown once and stored nowhere"`
	Change Change `json:"change"`
}
