package demo

import (
	"io"
	"time"
)

// Guide writes what runs where and what to try.
func (d *Demo) Guide(w io.Writer) {
	say(w, "three locations, a process each, one cluster; zone %s, service %s", zoneName, serviceName)
	for _, s := range d.sites {
		say(w, "  %-12s process %d   dns %s   gateway http://%s   admin http://%s", s.Display, s.node.pid(), s.dns, s.gateway, s.admin)
	}
	say(w, "documents  %s (edit it and save: the primary reads it again)", d.docs.service)
	say(w, "logs       %s", d.dir)
	say(w, "\ntry, in another terminal:")
	d.guideAnswers(w)
	d.guideOrders(w)
}

// guideAnswers says how to ask as a client.
func (d *Demo) guideAnswers(w io.Writer) {
	port, first, europe := d.options.DNSPort, d.sites[0].Addr, d.sites[1]
	for _, c := range sampleClients() {
		if c.Code == "US" || c.Code == "DE" || c.Code == "JP" || c.Code == "ZA" {
			say(w, "  dig @%s -p %d contoso.gtm.test +short +subnet=%s   # %s", first, port, c.Net, c.Country)
		}
	}
	say(w, "  dig @%s -p %d weighted.gtm.test +subnet=203.0.113.0/24   # also priority geographic multivalue subnet nested performance", europe.Addr, port)
	say(w, "  curl --resolve contoso.gtm.test:%d:%s http://contoso.gtm.test:%d/orders", d.options.GatewayPort, europe.Addr, d.options.GatewayPort)
}

// guideOrders says how to ask and order as an operator.
func (d *Demo) guideOrders(w io.Writer) {
	ask := ""
	if d.options.AdminPort != DefaultAdminPort {
		ask = " --server " + d.sites[0].admin
	}
	say(w, "  meridian resolve contoso --client 141.20.1.1 --explain%s", ask)
	say(w, "  meridian health%s", ask)
	say(w, "  meridian --server %s location disable westus2 --reason demo   # at any node; its late clients are carried elsewhere", d.sites[1].admin)
	say(w, "  meridian --server %s location enable westus2", d.sites[2].admin)
	say(w, "  meridian demo stop westeurope%s   # kills the process; shows the failover with numbers", d.move())
	say(w, "  meridian demo start westeurope%s", d.move())
}

// move is the flag by which another terminal finds this demo.
func (d *Demo) move() string {
	if d.options.DNSPort == DefaultDNSPort {
		return ""
	}
	return " --dns-port " + decimal(d.options.DNSPort)
}

// Ready writes the one line that says that everything answers.
func (d *Demo) Ready(w io.Writer, since time.Time) {
	say(w, "\nready after %s: one cluster, and all gateways are up by the verdict of all nodes; Ctrl-C ends the demo", seconds(time.Since(since)))
}
