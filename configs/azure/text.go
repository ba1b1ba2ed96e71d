package azure

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Limits of a foreign document.
const (
	maxSource = 16 << 20 // octets
	maxDepth  = 100      // values inside values
)

// parse reads JSON as Resource Manager does: with comments, with line ends
// inside strings, with a comma behind the last of a list, perhaps behind a byte
// order mark.
func parse(data []byte) (any, error) {
	if len(data) > maxSource {
		return nil, fmt.Errorf("%d octets: want at most %d", len(data), maxSource)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, errors.New("no text in UTF-8: want JSON in UTF-8")
	}
	plain, depth := plainJSON(data)
	if depth > maxDepth {
		return nil, fmt.Errorf("values %d levels deep: want at most %d", depth, maxDepth)
	}
	decoder := json.NewDecoder(bytes.NewReader(plain))
	decoder.UseNumber()
	var out any
	if err := decoder.Decode(&out); err != nil {
		return nil, notJSON(plain, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value: want one value")
	}
	return out, nil
}

// notJSON adds the place to an error of the JSON parser.
func notJSON(data []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return fmt.Errorf("no JSON: %w", err)
	}
	before := data[:min(int(syntax.Offset), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Errorf("no JSON, line %d: %w; want a document of Resource Manager (for Bicep: az bicep build)", line, err)
}

// plainJSON blanks comments out and escapes line ends inside strings; depth is
// how deep brackets are nested.
func plainJSON(data []byte) (out []byte, depth int) {
	out = make([]byte, 0, len(data))
	level := 0
	for i := 0; i < len(data); {
		c := data[i]
		switch c {
		case '"':
			end := stringEnd(data, i)
			out = appendString(out, data[i:end])
			i = end
			continue
		case '/':
			if end := commentEnd(data, i); end > i {
				out = append(out, bytes.Repeat([]byte("\n"), bytes.Count(data[i:end], []byte("\n")))...)
				out = append(out, ' ')
				i = end
				continue
			}
		case '{', '[':
			level++
			depth = max(depth, level)
		case '}', ']':
			level--
			dropComma(out)
		}
		out = append(out, c)
		i++
	}
	return out, depth
}

// dropComma blanks a comma out that nothing follows: Resource Manager reads
// past it.
func dropComma(out []byte) {
	before, found := bytes.CutSuffix(bytes.TrimRight(out, " \t\r\n"), []byte(","))
	value := bytes.TrimRight(before, " \t\r\n")
	if found && len(value) > 0 && !bytes.ContainsAny(value[len(value)-1:], "[{,:") {
		out[len(before)] = ' '
	}
}

// stringEnd returns the offset behind the string that begins at start.
func stringEnd(data []byte, start int) int {
	for i := start + 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// commentEnd returns the offset behind a comment; start where there is none.
func commentEnd(data []byte, start int) int {
	rest := data[start:]
	switch {
	case bytes.HasPrefix(rest, []byte("//")):
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			return start + end
		}
		return len(data)
	case bytes.HasPrefix(rest, []byte("/*")):
		if end := bytes.Index(rest, []byte("*/")); end >= 0 {
			return start + end + 2
		}
		return len(data)
	}
	return start
}

// appendString appends a JSON string with its line ends and tabs escaped.
func appendString(out, text []byte) []byte {
	for _, c := range text {
		switch c {
		case '\n':
			out = append(out, `\n`...)
		case '\r':
			out = append(out, `\r`...)
		case '\t':
			out = append(out, `\t`...)
		default:
			out = append(out, c)
		}
	}
	return out
}
