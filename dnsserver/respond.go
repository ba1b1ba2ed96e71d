package dnsserver

import "time"

// step is one of the things done to a query. It reports true when the reply is
// complete but for what finish adds.
type step func(*exchange) bool

// respond appends the reply to msg to dst and returns it; a result as long as
// dst means that there is none. It is the seam between sockets and answers:
// octets in, octets out, nothing kept of msg.
func (w *worker) respond(dst, msg []byte, peer Peer, now time.Time) (reply []byte) {
	if !answerable(msg) {
		w.counters.dropped[dropUnreadable].Add(1)
		return dst
	}
	x := &w.exchange
	x.view, x.peer, x.now = w.view(), peer, now
	defer func() {
		if p := recover(); p != nil {
			reply = w.survive(dst, msg, p)
		}
	}()
	x.start(dst, msg)
	for _, s := range [...]step{
		(*exchange).stepOpcode,
		(*exchange).stepForm,
		(*exchange).stepCookie,
		(*exchange).stepQuestion,
		(*exchange).stepClass,
		(*exchange).stepReady,
		(*exchange).stepType,
		(*exchange).stepName,
	} {
		if s(x) {
			break
		}
	}
	if !x.stepRate() {
		w.counters.dropped[dropLimited].Add(1)
		return dst
	}
	reply = x.finish()
	w.counters.note(x)
	x.view = nil // an idle socket must not keep an old View alive
	return reply
}

// answerable reports whether a message is a query with a whole header. To
// answer answers would be to loop (RFC 1035 §4.1.1, QR).
func answerable(msg []byte) bool { return len(msg) >= headerSize && msg[2]&0x80 == 0 }

// survive makes the reply to a query that made us panic: SERVFAIL without
// anything of ours.
func (w *worker) survive(dst, msg []byte, cause any) []byte {
	w.counters.panics.Add(1)
	w.panicked(cause)
	reply := append(dst, msg[:headerSize]...)
	head := reply[len(dst):]
	head[2] = head[2]&0x79 | 0x80 // QR; opcode and RD as asked
	head[3] = byte(rcodeServFail)
	clear(head[4:])
	return reply
}

// stepOpcode refuses everything but queries (RFC 8906 §3.1.4). What can be read
// of other messages is echoed; DSO has no question to echo.
func (x *exchange) stepOpcode() bool {
	switch x.query.opcode() {
	case opQuery:
		return false
	case opDSO:
		x.dropQuestion()
	}
	return x.refuse(rcodeNotImp)
}

func (x *exchange) dropQuestion() {
	x.buf = x.buf[:x.from+headerSize]
	x.query.question = nil
}

// stepForm answers messages that cannot be read, or hold what no query holds.
func (x *exchange) stepForm() bool {
	q := &x.query
	switch {
	case x.parsed != rcodeSuccess:
		return x.refuse(x.parsed)
	case q.counts[0] > 1, q.counts[1] != 0, q.counts[2] != 0 && q.rrtype != typeIXFR: // RFC 9619
		return x.refuse(rcodeFormErr)
	}
	return false
}

// stepCookie judges the query's cookie; none is needed.
func (x *exchange) stepCookie() bool {
	cookie := x.query.edns.cookie
	if cookie == nil {
		return false
	}
	x.cookie = cookieClient
	switch valid, fresh := x.worker.secrets().check(cookie, x.peer.Addr, uint32(x.now.Unix())); {
	case fresh:
		x.cookie = cookieFresh
	case valid:
		x.cookie = cookieValid
	}
	return false
}

// stepQuestion answers a query without a question: fine if it asks for a
// cookie only (RFC 7873 §5.4).
func (x *exchange) stepQuestion() bool {
	if x.query.counts[0] == 1 {
		return false
	}
	if x.cookie == cookieNone {
		return x.refuse(rcodeFormErr)
	}
	return true
}

// stepClass refuses classes other than IN: ours have nothing to say in CHAOS
// (version.bind), and ANY would have to be answered without authority.
func (x *exchange) stepClass() bool {
	if x.query.class == classIN {
		return false
	}
	x.extend(edeNotAuthoritative())
	return x.refuse(rcodeRefused)
}

// stepReady refuses everything until there is something to answer from.
func (x *exchange) stepReady() bool {
	if x.view != nil {
		return false
	}
	x.extend(edeNotReady())
	return x.refuse(rcodeRefused)
}

// stepType refuses types that are no data. Transfers wait for the zone to be
// known.
func (x *exchange) stepType() bool {
	switch x.query.rrtype {
	case typeNXNAME: // RFC 9824 §3.6
		x.extend(edeInvalidType())
		return x.refuse(rcodeFormErr)
	case typeOPT:
		return x.refuse(rcodeFormErr)
	case typeTKEY, typeTSIG, typeMAILA, typeMAILB:
		return x.refuse(rcodeNotImp)
	}
	return false
}
