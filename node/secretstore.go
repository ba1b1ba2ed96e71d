package node

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/configs"
	"meridian/secret"
)

// secretBlob is where secrets and tokens are kept, as they travel.
const secretBlob = "secrets"

// sealedItem is a record of kind secret: a sealed value or a token.
type sealedItem struct {
	secret *secret.Secret
	token  *secret.Token
}

const (
	secretPrefix = "secret/"
	tokenPrefix  = "token/"
)

// maxEdition bounds the versions of an item: there is always a next one.
const maxEdition = 1<<63 - 1

func (a sealedItem) displaces(b sealedItem) bool {
	switch {
	case a.secret != nil && b.secret != nil:
		return a.secret.Displaces(*b.secret)
	case a.token != nil && b.token != nil:
		return a.token.Displaces(*b.token)
	}
	return false
}

func parseSealed(r cluster.Record) (out sealedItem, err error) {
	var author, key string
	var version uint64
	if len(r.Key) > len(tokenPrefix) && r.Key[:len(tokenPrefix)] == tokenPrefix {
		t, err := secret.DecodeToken(r.Body)
		if err != nil {
			return out, err
		}
		out.token, author, key, version = &t, t.Author, tokenPrefix+string(t.Name), t.Version
	} else {
		s, err := secret.Decode(r.Body)
		if err != nil {
			return out, err
		}
		out.secret, author, key, version = &s, s.Author, secretPrefix+string(s.Name), s.Version
	}
	if key != r.Key || author != string(cluster.IDOf(r.Author)) {
		return out, fmt.Errorf("record %s: names %s by node %s: want its own key and author", r.Key, key, author)
	}
	if version != r.Version.Major || version > maxEdition {
		return out, fmt.Errorf("record %s of version %d: holds version %d: want the same, at most %d", r.Key, r.Version.Major, version, uint64(maxEdition))
	}
	return out, nil
}

// newSecrets reads what seals secrets, and takes the tokens on disk up.
func (n *Node) newSecrets() (err error) {
	n.sealed = saver{save: func() error { return n.disk.Save(secretBlob, n.replicas.secrets.Export()) }}
	n.readTokens()
	n.ring, err = openRing(n.options.Config)
	return err
}

// openRing reads the keys under which secrets are sealed; nil: there are none.
func openRing(c *configs.Node) (*secret.Ring, error) {
	if c.SecretsKeyFile == "" {
		return nil, nil
	}
	raw, err := configs.ReadSecretsKeys(c.SecretsKeyFile)
	if err != nil {
		return nil, err
	}
	var keys []*secret.Key
	for _, r := range raw {
		k, err := secret.NewKey(r)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", c.SecretsKeyFile, err)
		}
		keys = append(keys, k)
	}
	ring := secret.NewRing(keys[0], keys[1:]...)
	return &ring, nil
}

// secretsAPI implements admin.SecretSource and admin.TokenSource.
type secretsAPI struct{ *Node }

// Secrets lists the secrets by name.
func (n secretsAPI) Secrets(context.Context) ([]api.Secret, error) {
	var out []api.Secret
	for _, e := range n.replicas.secrets.Entries() {
		if s := e.Value.secret; s != nil && !s.Deleted {
			out = append(out, n.showSecret(s))
		}
	}
	slices.SortFunc(out, func(a, b api.Secret) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

func (n secretsAPI) showSecret(s *secret.Secret) api.Secret {
	out := api.Secret{Name: string(s.Name), Kind: "value", Version: int(s.Version), Created: s.Created.UTC(), By: s.By} //nolint:gosec // counts changes
	if l := n.pub.current.Load(); l != nil {
		out.Used = l.service.SecretPlaces[out.Name]
	}
	if n.ring == nil {
		out.Fingerprint = "unknown: this node has no node.secretsKeyFile"
		return out
	}
	clear, err := n.ring.Open(*s)
	if err != nil {
		out.Fingerprint = "unknown: " + err.Error()
		return out
	}
	out.Fingerprint = n.ring.Current().Fingerprint(s.Name, clear)
	return out
}

// randomSecret is the length of a secret made here.
const randomSecret = 32

// SetSecret makes a new version of a secret; a random one of nil.
func (n secretsAPI) SetSecret(ctx context.Context, name string, value []byte, t api.Terms) (api.Change, error) {
	parsed, err := secret.ParseName(name)
	if err != nil {
		return api.Change{}, api.Errorf(api.Invalid, "%v", err)
	}
	if n.ring == nil {
		return api.Change{}, api.Errorf(api.Conflict, "node %s keeps no secrets: give node.secretsKeyFile in its node file", n.options.Config.Name)
	}
	if value == nil {
		value = make([]byte, randomSecret)
		_, _ = rand.Read(value) // never fails
	}
	s, err := n.ring.Current().Seal(parsed, value, n.origin(secretPrefix+name, t))
	if err != nil {
		return api.Change{}, api.Errorf(api.Invalid, "%v", err)
	}
	return n.keepSecret(ctx, secretPrefix+name, sealedItem{secret: &s}, t)
}

// DeleteSecret says that a secret is gone.
func (n secretsAPI) DeleteSecret(ctx context.Context, name string, t api.Terms) (api.Change, error) {
	for _, e := range n.replicas.secrets.Of(secretPrefix + name) {
		if s := e.Value.secret; s != nil && !s.Deleted {
			gone := secret.Delete(s.Name, n.origin(secretPrefix+name, t))
			return n.keepSecret(ctx, secretPrefix+name, sealedItem{secret: &gone}, t)
		}
	}
	return api.Change{}, api.Errorf(api.NotFound, "secret %q: there is none of that name", name)
}

// origin is where the next version under a key comes from.
func (n *Node) origin(key string, t api.Terms) secret.Origin {
	version := uint64(0)
	for _, e := range n.replicas.secrets.Of(key) {
		version = max(version, e.Record.Version.Major)
	}
	return secret.Origin{Version: version + 1, At: time.Now().UTC(), By: t.By, Author: string(n.replicas.id())}
}

// keepSecret signs, keeps and spreads a version.
func (n *Node) keepSecret(ctx context.Context, key string, item sealedItem, t api.Terms) (api.Change, error) {
	out := api.Change{
		Kind: kindOfKey(key), Object: key, At: time.Now().UTC(), By: t.By, Reason: t.Reason,
		Node: n.options.Config.Name, Wait: t.Wait, DryRun: t.DryRun, Reached: true,
	}
	if t.DryRun {
		return out, nil
	}
	body, version, err := item.encode()
	if err != nil {
		return out, api.Errorf(api.Invalid, "%v", err)
	}
	r := n.replicas
	message, _, err := r.secrets.Write(r.self, key, cluster.Version{Major: version}, body)
	if err != nil {
		return out, fmt.Errorf("signing secret: %w", err)
	}
	n.secretsChanged()
	err = n.sealed.do()
	n.kept("secrets", err)
	if n.cluster != nil {
		n.cluster.Broadcast(kindSecret, message)
	}
	out.ID = fmt.Sprintf("%s-%d", key, version)
	c, err := n.deliver(kindSecret, [][]byte{message}, out, err == nil)
	if err != nil {
		return out, err
	}
	return c.await(ctx, t.Wait, t.Timeout), nil
}

func kindOfKey(key string) string {
	if len(key) > len(tokenPrefix) && key[:len(tokenPrefix)] == tokenPrefix {
		return "token"
	}
	return "secret"
}

func (a sealedItem) encode() (body []byte, version uint64, err error) {
	switch {
	case a.token != nil:
		body, err = a.token.Encode()
		return body, a.token.Version, err
	case a.secret != nil:
		body, err = a.secret.Encode()
		return body, a.secret.Version, err
	}
	return nil, 0, errors.New("nothing to keep")
}
