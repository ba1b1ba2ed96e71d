package node

import (
	"crypto/sha256"

	"meridian/configs"
	"meridian/gateway/pipeline"
)

// secretValue returns the newest value of a secret.
func (n *Node) secretValue(name string) (value string, ok bool) {
	if n.ring == nil {
		return "", false
	}
	for _, e := range n.replicas.secrets.Of(secretPrefix + name) {
		if s := e.Value.secret; s != nil && !s.Deleted {
			if clear, err := n.ring.Open(*s); err == nil {
				return string(clear), true
			}
		}
	}
	return "", false
}

// values returns what secrets are; nil where the values do not matter: away from
// a node, and at one that serves no requests and keeps no secrets.
func (c *compiler) values() func(name string) (value string, ok bool) {
	if c.secret == nil || c.node == nil || c.node.Gateway == nil && c.node.SecretsKeyFile == "" {
		return nil
	}
	return c.secret
}

// summing is values, and notes a sum of each value that it hands out.
func (c *compiler) summing(sums map[string][sha256.Size]byte) func(name string) (value string, ok bool) {
	values := c.values()
	if values == nil {
		return nil
	}
	return func(name string) (string, bool) {
		value, ok := values(name)
		if ok {
			sums[name] = sha256.Sum256([]byte(value))
		}
		return value, ok
	}
}

// knows reports whether a generation was compiled with the secrets as they are.
func (c *compiler) knows(g *generation) bool {
	values := c.values()
	for name, sum := range g.secrets {
		if values == nil {
			return true
		}
		if value, ok := values(name); !ok || sha256.Sum256([]byte(value)) != sum {
			return false
		}
	}
	return true
}

// checkRequests refuses a document whose requests this node could not serve.
func (c *compiler) checkRequests(s *configs.Service) error {
	n := c.node
	if n == nil || n.Gateway == nil {
		n = &configs.Node{Gateway: &configs.NodeGateway{}}
	}
	return pipeline.Check(pipelineOf(s, n))
}
