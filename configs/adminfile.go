package configs

import "net/netip"

// admin converts the section of the admin API.
func (c *nodeCompiler) admin() NodeAdmin {
	d, p := c.doc.Admin, (*path)(nil).key("admin")
	out := NodeAdmin{
		Listen: d.Listen, Socket: c.file(d.Socket),
		ClientCAs: c.file(d.ClientCAs), ClientRoles: d.ClientRoles, AuthRequired: d.Auth == "required",
	}
	if d.Listen == "" && d.Socket == "" {
		out.Listen = defaultAdminListen
	}
	if d.TLS != nil {
		out.TLS = &KeyPair{Certificate: c.file(d.TLS.Certificate), Key: c.file(d.TLS.Key)}
	}
	if d.Listen != "" {
		host, err := parseListen(d.Listen)
		if err != nil {
			c.r.fail(p.key("listen"), "%v", err)
		} else {
			c.adminBeyond(host, &out, p.key("listen"))
		}
	}
	c.adminClients(&out, p)
	return out
}

// adminBeyond checks an address that others than this machine reach: nobody
// gets in there without proof, and proof is not sent in the clear.
func (c *nodeCompiler) adminBeyond(host netip.Addr, out *NodeAdmin, p *path) {
	if host.IsLoopback() {
		return
	}
	out.AuthRequired = true
	if out.TLS == nil {
		c.r.fail(p, "%s is not a loopback address: want one, such as %s, or admin.tls", quote(out.Listen), defaultAdminListen)
	}
}

// adminClients checks what goes with TLS.
func (c *nodeCompiler) adminClients(out *NodeAdmin, p *path) {
	switch {
	case out.TLS != nil && out.Listen == "":
		c.r.fail(p.key("tls"), "without listen: want an address too; the socket speaks no TLS")
	case out.ClientCAs != "" && out.TLS == nil:
		c.r.fail(p.key("clientCAs"), "%s without tls: want tls too, or no client certificates", quote(c.doc.Admin.ClientCAs))
	case out.ClientCAs != "" && len(out.ClientRoles) == 0:
		c.r.fail(p.key("clientCAs"), "%s without clientRoles: want the roles of the certificates, such as {deploy: operator}", quote(c.doc.Admin.ClientCAs))
	case out.ClientCAs == "" && len(out.ClientRoles) > 0:
		c.r.fail(p.key("clientRoles"), "%d roles without clientCAs: want the file of those who sign the certificates", len(out.ClientRoles))
	}
}
