package configs

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// placeholder is the value of every secret where none is known.
const placeholder = "placeholder"

// credentials converts what every request to a backend carries.
func (c *compiler) credentials(d *CredentialsDocument, p *path) BackendCredentials {
	var out BackendCredentials
	if d == nil {
		return out
	}
	for _, name := range slices.Sorted(keysOf(d.Header)) {
		at := p.key("header").key(name)
		c.headerName(name, at)
		if lower(name) == "host" {
			c.r.fail(at, "%s comes from the url: want another header", quote(name))
		}
		if out.Header == nil {
			out.Header = http.Header{}
		}
		key := http.CanonicalHeaderKey(name)
		if out.Header[key] != nil {
			c.r.fail(at, "%s is there already in another spelling: want each header once", quote(name))
		}
		out.Header[key] = c.credentialValues(d.Header[name], at)
	}
	for _, name := range slices.Sorted(keysOf(d.Query)) {
		if out.Query == nil {
			out.Query = url.Values{}
		}
		out.Query[name] = c.credentialValues(d.Query[name], p.key("query").key(name))
	}
	c.authorization(d.Authorization, &out, p.key("authorization"))
	return out
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (c *compiler) credentialValues(docs []CredentialDocument, p *path) []string {
	if len(docs) == 0 && !c.r.brokenBelow(p) {
		c.r.fail(p, "no values: want at least one")
	}
	var out []string
	for i := range docs {
		at := p.item(i)
		if docs[i] == (CredentialDocument{}) && !c.r.brokenBelow(at) {
			c.r.fail(at, "neither value nor secret: want one of them")
		}
		out = append(out, c.credential(docs[i].Value, docs[i].Secret, "value", at))
	}
	return out
}

// authorization adds an Authorization header.
func (c *compiler) authorization(d *AuthorizationDocument, out *BackendCredentials, p *path) {
	if d == nil || d.Scheme == "" {
		return
	}
	if !validToken(d.Scheme) {
		c.r.fail(p.key("scheme"), "%s: want a scheme such as Bearer or Basic", quote(d.Scheme))
	}
	if out.Header["Authorization"] != nil {
		c.r.fail(p, "and an Authorization header: want one of them")
		return
	}
	if out.Header == nil {
		out.Header = http.Header{}
	}
	value := strings.TrimSpace(d.Scheme + " " + c.credential(d.Parameter, d.Secret, "parameter", p))
	out.Header["Authorization"] = []string{value}
}

// credential returns a value that is written out under key or is a secret. What
// is wrong with it is told without it.
func (c *compiler) credential(value, secret, key string, p *path) string {
	if secret != "" {
		if value != "" {
			c.r.fail(p, "%s and secret: want one of them", key)
		}
		return c.visible(c.secret(secret, p.key("secret")), p)
	}
	return c.visible(c.substituted(value, p), p)
}

// visible reports a value that no header can carry.
func (c *compiler) visible(value string, p *path) string {
	if !httpguts.ValidHeaderFieldValue(value) || strings.ContainsAny(value, "\r\n") {
		c.r.fail(p, "a value with line ends or control characters: want visible characters on one line")
		return ""
	}
	return value
}

// substituted puts named values in.
func (c *compiler) substituted(text string, p *path) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	return regexp.MustCompile(`\{\{([^{}]{1,256})\}\}`).ReplaceAllStringFunc(text, func(mark string) string {
		name := strings.TrimSpace(mark[2 : len(mark)-2])
		value, known := c.namedValues[name]
		if !known {
			c.r.fail(p, "%s is no named value: want one under namedValues", quote(name))
		}
		return value
	})
}

// secret returns the value of a secret of that name.
func (c *compiler) secret(name string, p *path) string {
	if name == "" {
		return ""
	}
	if !regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`).MatchString(name) {
		c.r.fail(p, "%s: want 1 .. 64 letters, digits, dots, dashes and underscores, beginning with a letter or a digit", quote(name))
		return ""
	}
	if !contains(c.out.Secrets, name) {
		c.out.Secrets = append(c.out.Secrets, name)
		slices.Sort(c.out.Secrets)
	}
	c.secretAt(name, p)
	if c.options.Secret == nil {
		if len(c.out.Secrets) == 1 {
			c.r.warn(p, "secrets are not looked up here: %s and all others are taken to be there", quote(name))
		}
		return placeholder
	}
	value, ok := c.options.Secret(name)
	if !ok {
		c.r.fail(p, "no secret has the name %s: want it there first (meridian secret set %s)", quote(name), name)
		return placeholder
	}
	return value
}

// maxSecretPlaces bounds the places of a secret that are told.
const maxSecretPlaces = 16

// secretAt notes where a secret is referred to.
func (c *compiler) secretAt(name string, p *path) {
	if c.out.SecretPlaces == nil {
		c.out.SecretPlaces = map[string][]string{}
	}
	places := c.out.SecretPlaces[name]
	if place := p.String(); len(places) < maxSecretPlaces && !contains(places, place) {
		c.out.SecretPlaces[name] = append(places, place)
	}
}
