package dnswire

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// zoneText reads zone-file text entry by entry. It splits the text itself, so
// that one bad entry hides no other, and leaves the data of each record to
// miekg/dns.
type zoneText struct {
	zone    Name
	origin  Name   // what relative names are relative to
	ttl     uint32 // of records that state none
	owner   Name   // of the entry before; empty when there is none
	buf     []byte
	records []Record
	errs    []RecordError
}

// ParseRecords reads the records of the zone named origin from zone-file text
// (RFC 1035 §5, RFC 2308 §4, RFC 3597 §5): relative names, @, $ORIGIN, $TTL,
// parentheses, quoted strings and unknown types. defaultTTL, in seconds, is the
// TTL of records before a $TTL that state none. $INCLUDE and $GENERATE are
// refused.
//
// The records come in the order of the text and together form a zone without
// its SOA and apex NS, which the caller owns. Every defect is reported, ordered
// by line, up to MaxErrors; when there is one, the records are those that could
// be read and must not be served.
func ParseRecords(text string, origin Name, defaultTTL uint32) ([]Record, []RecordError) {
	if len(text) > MaxTextOctets {
		return nil, []RecordError{{Line: 1, Problem: fmt.Sprintf("text of %d octets: want at most %d", len(text), MaxTextOctets)}}
	}
	z := &zoneText{zone: origin, origin: origin, ttl: defaultTTL, buf: make([]byte, 66<<10)}
	if z.read(text) {
		z.errs = append(z.errs, checkZone(origin, z.records)...)
	}
	return z.records, tidy(z.errs)
}

// read reads all entries; false when it gave up.
func (z *zoneText) read(text string) bool {
	for line := 1; text != ""; {
		var e entry
		var problem string
		e, text, line, problem = nextEntry(text, line)
		switch {
		case problem != "":
			z.fail(e.line, 0, "%s", problem)
		case e.blank():
		case len(e.text) > MaxEntryOctets:
			z.fail(e.line, 0, "entry of %d octets: want at most %d", len(e.text), MaxEntryOctets)
		default:
			z.entry(e)
		}
		if len(z.records) > MaxRecords {
			z.fail(e.line, 0, "more than %d records", MaxRecords)
			return false
		}
		if len(z.errs) > MaxErrors {
			return false
		}
	}
	return true
}

func (z *zoneText) fail(line, column int, format string, args ...any) {
	z.errs = append(z.errs, RecordError{Line: line, Column: column, Problem: fmt.Sprintf(format, args...)})
}

// entry reads one entry that is not blank.
func (z *zoneText) entry(e entry) {
	token, rest := e.first()
	if strings.HasPrefix(token, "$") {
		z.directive(e, token, rest)
		return
	}
	if token != "" {
		owner, err := z.absolute(token)
		z.owner = owner
		if err != nil {
			z.fail(e.line, 1, "owner: %v", err)
			return
		}
	}
	if z.owner == "" {
		z.fail(e.line, 1, "owner is missing: the entry begins with a blank or a parenthesis and no owner precedes it")
		return
	}
	if strings.TrimSpace(rest) == "" {
		z.fail(e.line, 0, "type and data are missing after the owner %q", token)
		return
	}
	z.record(e.line, len(token), rest)
}

// absolute reads a name as text writes it: @, relative, or with its trailing
// dot.
func (z *zoneText) absolute(token string) (Name, error) {
	if token == "@" {
		return z.origin, nil
	}
	if absoluteText(token) {
		return ParseName(token)
	}
	return z.origin.Child(token)
}

// absoluteText reports whether s ends in a dot that no backslash escapes.
func absoluteText(s string) bool {
	if !strings.HasSuffix(s, ".") {
		return false
	}
	slashes := len(s) - 1 - len(strings.TrimRight(s[:len(s)-1], `\`))
	return slashes%2 == 0
}

// record reads the record of z.owner whose TTL, class, type and data are rest,
// in which skipped characters of the first line are missing.
func (z *zoneText) record(line, skipped int, rest string) {
	text := string(z.owner) + rest
	rr, err := parseRR(text, z.origin, z.ttl)
	if err != nil {
		at, column, problem := locate(text, err)
		if at == 1 && column > 0 {
			column = max(column+skipped-len(z.owner), 1)
		}
		z.fail(line+at-1, column, "%s", problem)
		return
	}
	if class := rr.Header().Class; class != dns.ClassINET {
		z.fail(line, 0, "class %s: want IN", dns.Class(class))
		return
	}
	if ttl := rr.Header().Ttl; ttl > MaxTTL {
		z.fail(line, 0, "TTL %d: want 0 .. %d", ttl, MaxTTL)
		return
	}
	if problem := refusedType(rr.Header().Rrtype); problem != "" {
		z.fail(line, 0, "%s record: %s", TypeName(rr.Header().Rrtype), problem)
		return
	}
	canonical, err := z.canonical(rr, strings.Contains(rest, `\#`))
	if err != nil {
		z.fail(line, 0, "%s record: %v", TypeName(rr.Header().Rrtype), err)
		return
	}
	z.records = append(z.records, Record{
		Name: z.owner, Type: rr.Header().Rrtype, Class: dns.ClassINET, TTL: rr.Header().Ttl, Line: line, RR: canonical,
	})
}

// parseRR reads one record. Text that makes the parser panic is an error like
// any other.
func parseRR(text string, origin Name, ttl uint32) (rr dns.RR, err error) {
	defer func() {
		if p := recover(); p != nil {
			rr, err = nil, fmt.Errorf("data cannot be read: %v", p)
		}
	}()
	parser := dns.NewZoneParser(strings.NewReader(text+"\n"), string(origin), "")
	parser.SetDefaultTTL(ttl)
	rr, ok := parser.Next()
	if err := parser.Err(); err != nil {
		return nil, err
	}
	if !ok || rr == nil {
		return nil, errors.New("record is incomplete: want an owner, a type and its data")
	}
	if _, more := parser.Next(); more || parser.Err() != nil {
		return nil, errors.New("more text than one record")
	}
	return rr, nil
}

// canonical returns the record as its wire form says it: what cannot be packed
// is refused, and no spelling of the text is left but capitals. generic says
// that the data was written in the form of RFC 3597.
func (z *zoneText) canonical(rr dns.RR, generic bool) (dns.RR, error) {
	end, err := dns.PackRR(rr, z.buf, 0, nil, false)
	if err != nil {
		return nil, fmt.Errorf("cannot be put on the wire: %w", err)
	}
	if end == z.owner.WireLen()+10 && !mayBeEmpty(rr, generic) {
		return nil, errors.New("data is missing")
	}
	out, _, err := dns.UnpackRR(z.buf[:end], 0)
	if err != nil {
		return nil, fmt.Errorf("cannot be read back from the wire: %w", err)
	}
	out.Header().Name = string(z.owner)
	return out, nil
}

// mayBeEmpty reports whether a record without data was meant to have none.
func mayBeEmpty(rr dns.RR, generic bool) bool {
	switch rr.(type) {
	case *dns.APL: // RFC 3123 §4
		return true
	case *dns.RFC3597, *dns.NULL:
		return generic
	}
	return false
}

// locate takes the position out of an error the record parser had with text.
// The parser knows the token and roughly where it ended; the column is where
// the token begins, 0 when it is not found.
func locate(text string, err error) (line, column int, problem string) {
	problem = strings.TrimPrefix(err.Error(), "dns: ")
	place := regexp.MustCompile(`(?s)^(.*): ("(?:[^"\\]|\\.)*") at line: (\d+):(\d+)$`).FindStringSubmatch(problem)
	if place == nil {
		return 1, 0, problem
	}
	token, _ := strconv.Unquote(place[2])
	line, _ = strconv.Atoi(place[3])
	column, _ = strconv.Atoi(place[4])
	lines := strings.Split(text, "\n")
	if line < 1 || line > len(lines) {
		return 1, 0, problem
	}
	if token == "" || token == "\n" {
		return line, 0, place[1]
	}
	before := lines[line-1][:max(0, min(column, len(lines[line-1])))]
	return line, strings.LastIndex(before, token) + 1, place[1] + ": " + place[2]
}
