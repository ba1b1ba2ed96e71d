package h1

import (
	"bytes"
	"fmt"
	"net/http"
	"net/textproto"
	"strconv"
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
	version, status, _ := strings.Cut(line, " ")
	if version != "HTTP/1.0" && version != "HTTP/1.1" || !validText(status) {
		return head{}, badStatus(line)
	}
	h := head{minor: int(version[7] - '0'), status: status}
	code, _, _ := strings.Cut(status, " ")
	n, err := strconv.ParseUint(code, 10, 10)
	if err != nil || len(code) != 3 || n < 100 {
		return h, badStatus(line)
	}
	h.code = int(n)
	return h, nil
}

func badStatus(line string) error {
	return &AnswerError{fmt.Sprintf("status line %.64q, want HTTP/1.1 or HTTP/1.0 and 100 .. 999", line)}
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
