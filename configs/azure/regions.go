package azure

import "strings"

// regions imports the regions of an API Management service as locations. Their
// gateways are nodes here, which register themselves.
func (im *importer) regions(r *resource) {
	im.called(r.name())
	im.region(r.node, r.get("location"), r.properties.get("disableGateway"), true)
	for _, other := range r.properties.get("additionalLocations").items() {
		im.region(other, other.get("location"), other.get("disableGateway"), false)
	}
	im.ignore(r.node, "the service itself but for its regions: host names, networks and certificates are set at each node here")
}

// region imports one region.
func (im *importer) region(n, name, disabled node, primary bool) {
	if name.text() == "" || holed(name.text()) {
		im.ignore(name, "a region that is not known: want it under locations")
		return
	}
	body := table{{"name", name.text()}}
	if primary && len(im.elements[locations]) == 0 {
		body.set("primary", true)
	}
	if disabled.yes() {
		body.set("disableGateway", true)
	}
	if capacity, ok := wholeOf(n.get("sku").get("capacity").v); ok && capacity > 0 {
		body.set("sku", table{{"capacity", capacity}})
	} else {
		body.set("sku", table{{"capacity", 1}})
	}
	if zones := n.get("zones"); len(zones.items()) > 0 && holeIn(zones.v) == "" {
		body.set("zones", each(keepText)(im, zones))
	}
	im.add(locations, &element{at: n, name: strings.ToLower(strings.ReplaceAll(name.text(), " ", "")), body: body})
}
