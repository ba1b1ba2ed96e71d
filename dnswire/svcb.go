package dnswire

import "github.com/miekg/dns"

// checkSVCB checks what RFC 9460 asks of SVCB and HTTPS records beyond their
// form: no parameters in alias mode (§2.4.2), and every mandatory key present
// (§8).
func (z *zoneCheck) checkSVCB(r *Record) {
	svcb := svcbOf(r.RR)
	if svcb == nil {
		return
	}
	if svcb.Priority == 0 && len(svcb.Value) > 0 {
		z.fail(r, "%s record of %q: alias mode (priority 0) takes no parameters", TypeName(r.Type), r.Name)
	}
	keys := map[dns.SVCBKey]bool{}
	for _, param := range svcb.Value {
		keys[param.Key()] = true
	}
	for _, key := range mandatoryKeys(svcb) {
		if !keys[key] {
			z.fail(r, "%s record of %q: mandatory names %s, which the record does not have", TypeName(r.Type), r.Name, key)
		}
	}
}

// svcbOf returns the data of an SVCB or HTTPS record; nil for other types.
func svcbOf(rr dns.RR) *dns.SVCB {
	switch rr := rr.(type) {
	case *dns.SVCB:
		return rr
	case *dns.HTTPS:
		return &rr.SVCB
	}
	return nil
}

func mandatoryKeys(svcb *dns.SVCB) []dns.SVCBKey {
	var out []dns.SVCBKey
	for _, param := range svcb.Value {
		if mandatory, ok := param.(*dns.SVCBMandatory); ok {
			out = append(out, mandatory.Code...)
		}
	}
	return out
}
