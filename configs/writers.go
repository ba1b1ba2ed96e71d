package configs

import (
	"crypto/ed25519"
	"encoding/hex"
)

// nodeIDLength is the number of octets of a node id before it is written out.
const nodeIDLength = 16

// writers converts who writes the plan and who is trusted.
func (c *compiler) writers() {
	c.out.PrimaryNode = lower(c.doc.PrimaryNode)
	if c.doc.PrimaryNode != "" {
		if err := checkLabel(c.out.PrimaryNode); err != nil {
			c.r.fail(top("primaryNode"), "%v", err)
		}
	}
	names, keys := map[string]int{}, map[string]int{}
	for i := range c.doc.NodeKeys {
		d, p := &c.doc.NodeKeys[i], top("nodeKeys").item(i)
		key, ok := parseNodeKey(d)
		if err := checkLabel(key.Name); err != nil {
			c.r.fail(p.key("name"), "%v", err)
		}
		if !ok {
			c.r.fail(p.key("key"), "%s: want a public key of 32 octets in base64 or hexadecimal digits, or a node id of 32 hexadecimal digits", quote(d.Key))
		}
		c.once(names, key.Name, i, p.key("name"))
		c.once(keys, string(key.Key)+key.ID, i, p.key("key"))
		c.out.NodeKeys = append(c.out.NodeKeys, key)
	}
}

// once reports a text of nodeKeys[i] that an earlier one has too.
func (c *compiler) once(taken map[string]int, text string, i int, p *path) {
	if first, twice := taken[text]; twice && text != "" {
		c.r.fail(p, "is that of nodeKeys[%d] already: want each node once", first)
		return
	}
	taken[text] = i
}

func parseNodeKey(d *NodeKeyDocument) (NodeKey, bool) {
	out := NodeKey{Name: lower(d.Name)}
	if id, err := hex.DecodeString(d.Key); err == nil && len(id) == nodeIDLength {
		out.ID = hex.EncodeToString(id)
		return out, true
	}
	out.Key = parseKey(d.Key, []int{ed25519.PublicKeySize})
	return out, out.Key != nil
}
