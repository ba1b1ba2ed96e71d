package h1

import (
	"bytes"
	"fmt"
	"net/http"
	"net/textproto"
	"strings"
)

// maxFields bounds the fields of one head, or one trailer section.
const maxFields = 512

// scan looks for the empty line at the end of a head while it comes in.
type scan struct {
	line  int // where the current line starts
	seen  int // what was looked at
	lines int // complete ones
}

// end returns how many octets of b the head has, 0 while its end is not there.
func (s *scan) end(b []byte) (int, error) {
	for {
		i := bytes.IndexByte(b[s.seen:], '\n')
		if i < 0 {
			s.seen = len(b)
			return 0, nil
		}
		at := s.seen + i
		if at == 0 || b[at-1] != '\r' {
			return 0, &AnswerError{"a line ends without CR"}
		}
		if at-1 == s.line {
			return at + 1, nil
		}
		s.line, s.seen = at+1, at+1
		if s.lines++; s.lines > maxFields {
			return 0, &AnswerError{fmt.Sprintf("more than %d fields", maxFields)}
		}
	}
}

// head is a status line with its fields. Its strings share one piece of memory.
type head struct {
	minor  int // of the version: 0 or 1
	code   int
	status string // "200 OK"
	fields http.Header
}

// parseHead reads a head of so many lines, with the empty one at its end.
func parseHead(s string, lines int) (head, error) {
	line, rest, _ := strings.Cut(s, "\r\n")
	h, err := parseStatus(line)
	if err != nil {
		return h, err
	}
	h.fields, err = parseFields(rest, lines-1)
	return h, err
}

// parseStatus reads "HTTP/1.1 200 OK". The reason may be missing, with the blank
// before it.
func parseStatus(line string) (head, error) {
	const version = "HTTP/1.1 "
	var h head
	switch {
	case len(line) < len(version)+3 || line[:len(version)-2] != version[:len(version)-2] || line[len(version)-1] != ' ':
		return h, &AnswerError{fmt.Sprintf("status line %.64q", line)}
	case line[7] != '0' && line[7] != '1':
		return h, &AnswerError{fmt.Sprintf("version %.8q, want HTTP/1.0 or HTTP/1.1", line)}
	}
	h.minor, h.status = int(line[7]-'0'), line[len(version):]
	for _, d := range []byte(h.status[:3]) {
		if d < '0' || d > '9' {
			return h, &AnswerError{fmt.Sprintf("status code %.3q", h.status)}
		}
		h.code = h.code*10 + int(d-'0')
	}
	if h.code < 100 || len(h.status) > 3 && h.status[3] != ' ' || !validText(h.status) {
		return h, &AnswerError{fmt.Sprintf("status line %.64q", line)}
	}
	return h, nil
}

// parseFields reads n lines and the empty one behind them.
func parseFields(s string, n int) (http.Header, error) {
	h := make(http.Header, n)
	values := make([]string, n)
	for i := range n {
		var line string
		line, s, _ = strings.Cut(s, "\r\n")
		name, value, err := parseField(line)
		if err != nil {
			return nil, err
		}
		key := textproto.CanonicalMIMEHeaderKey(name)
		if before, ok := h[key]; ok {
			h[key] = append(before, value)
			continue
		}
		values[i] = value
		h[key] = values[i : i+1 : i+1]
	}
	return h, nil
}

func parseField(line string) (name, value string, err error) {
	colon := strings.IndexByte(line, ':')
	switch {
	case line[0] == ' ' || line[0] == '\t':
		return "", "", &AnswerError{fmt.Sprintf("folded line %.64q", line)}
	case colon < 0:
		return "", "", &AnswerError{fmt.Sprintf("no colon in line %.64q", line)}
	}
	name, value = line[:colon], trim(line[colon+1:])
	if !validName(name) {
		return "", "", &AnswerError{fmt.Sprintf("field name %.64q", name)}
	}
	if !validText(value) {
		return "", "", &AnswerError{fmt.Sprintf("value %.64q of field %.64q", value, name)}
	}
	return name, value, nil
}
