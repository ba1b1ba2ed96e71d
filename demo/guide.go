package demo

import (
	"io"
	"time"
)

// Guide writes what runs where and what to try.
func (d *Demo) Guide(w io.Writer) {
	say(w, "three locations, zone %s, service %s", zoneName, serviceName)
	for _, s := range d.sites {
		say(w, "  %-12s dns %s   gateway http://%s   admin http://%s", s.Display, s.dns, s.gateway.address, hostPort(s.Admin, d.options.AdminPort))
	}
	say(w, "documents  %s (edit it and save: the nodes read it again)", d.docs.service)
	say(w, "log        %s", d.log.Name())
	port, first := d.options.DNSPort, d.sites[0].Addr
	say(w, "\ntry, in another terminal:")
	for _, c := range sampleClients() {
		if c.Code == "US" || c.Code == "DE" || c.Code == "JP" || c.Code == "ZA" {
			say(w, "  dig @%s -p %d contoso.gtm.test +short +subnet=%s   # %s", first, port, c.Net, c.Country)
		}
	}
	say(w, "  dig @%s -p %d weighted.gtm.test +subnet=203.0.113.0/24   # also priority geographic multivalue subnet nested performance", d.sites[1].Addr, port)
	europe := d.sites[1].gateway.address
	say(w, "  curl http://%s/orders", europe)
	say(w, "  curl --resolve contoso.gtm.test:%d:%s http://contoso.gtm.test:%d/orders", d.options.GatewayPort, d.sites[1].Addr, d.options.GatewayPort)
	ask := ""
	if d.options.AdminPort != DefaultAdminPort {
		ask = " --server " + hostPort(d.sites[0].Admin, d.options.AdminPort)
	}
	say(w, "  meridian resolve contoso --client 141.20.1.1 --explain%s", ask)
	say(w, "  meridian health%s", ask)
	say(w, "  meridian demo stop westeurope%s   # and: start; shows the failover with numbers", d.move())
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
	say(w, "\nready after %s: all gateways are up by the verdict of all nodes; Ctrl-C ends the demo", seconds(time.Since(since)))
}
