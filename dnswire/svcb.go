package dnswire

import "github.com/miekg/dns"

// checkSVCB checks what RFC 9460 asks of SVCB and HTTPS records beyond their
// form: no parameters in alias mode (§2.4.2), and every mandatory key present
// (§8).
func (z *zoneCheck) checkSVCB(r *Record) {
	var svcb *dns.SVCB
	switch rr := r.RR.(type) {
	case *dns.SVCB:
		svcb = rr
	case *dns.HTTPS:
		svcb = &rr.SVCB
	default:
		return
	}
	if svcb.Priority == 0 && len(svcb.Value) > 0 {
		z.fail(r, "%s record of %q: alias mode (priority 0) takes no parameters", TypeName(r.Type), r.Name)
	}
	keys := map[dns.SVCBKey]bool{}
	for _, param := range svcb.Value {
		keys[param.Key()] = true
	}
	for _, param := range svcb.Value {
		mandatory, ok := param.(*dns.SVCBMandatory)
		if !ok {
			continue
		}
		for _, key := range mandatory.Code {
			if !keys[key] {
				z.fail(r, "%s record of %q: mandatory names %s, which the record does not have", TypeName(r.Type), r.Name, key)
			}
		}
	}
}
