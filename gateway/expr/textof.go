package expr

import (
	"encoding/hex"
	"math"
	"net/url"
	"strconv"
	"strings"
)

// textOf is ToString() in the invariant culture; null is "".
func textOf(v value) string {
	switch v.k {
	case kNull:
		return ""
	case kString:
		return v.s
	case kInt, kLong, kByte:
		return strconv.FormatInt(v.n, 10)
	case kBool:
		if v.n != 0 {
			return "True"
		}
		return "False"
	case kDouble:
		return doubleText(v.double())
	case kChar:
		return charText(v.n)
	}
	return structText(v)
}

func structText(v value) string {
	switch v.k {
	case kGUID:
		return guidText(v)
	case kDateTime:
		return formatTime(v, "MM/dd/yyyy HH:mm:ss")
	case kDateTimeOffset:
		return formatTime(v, "MM/dd/yyyy HH:mm:ss zzz")
	case kTimeSpan:
		return spanText(v.n)
	case kJObject, kJArray, kJValue, kJProperty:
		return v.token().text()
	case kURL:
		return urlText(v)
	case kURI:
		return uriText(v.o.(*url.URL))
	}
	return objectText(v)
}

// objectText is ToString of what has no text of its own: its type's name.
func objectText(v value) string {
	if names := enumNames(v.k); len(names) > 0 {
		if v.n >= 0 && v.n < int64(len(names)) && names[v.n] != "" {
			return names[v.n]
		}
		return strconv.FormatInt(v.n, 10)
	}
	switch o := v.o.(type) {
	case *pair:
		return "[" + textOf(o.key) + ", " + textOf(o.val) + "]"
	case *failure:
		return o.message
	case string:
		return o
	}
	return fullName(v.k)
}

// maxText bounds the text of a token where no budget is at hand.
const maxText = 16 << 20

// text is JToken.ToString(): a value's own text, JSON of the rest.
func (t *Token) text() string {
	if t.k == kJValue {
		return textOf(t.val)
	}
	s, _ := writeJSON(t, true, maxText)
	return s
}

// doubleText is the shortest text that reads back, as .NET writes it.
func doubleText(d float64) string {
	switch {
	case math.IsNaN(d):
		return "NaN"
	case math.IsInf(d, 1):
		return "Infinity"
	case math.IsInf(d, -1):
		return "-Infinity"
	case d == 0:
		return "0"
	}
	if a := math.Abs(d); a >= 1e-4 && a < 1e15 {
		return strconv.FormatFloat(d, 'f', -1, 64)
	}
	s := strconv.FormatFloat(d, 'E', -1, 64) // 1E+20, 1.5E-07
	return s
}

// guidText is a Guid in form D. A request id that is none is shown as it is.
func guidText(v value) string {
	if s, ok := v.o.(string); ok {
		return s
	}
	g, _ := v.o.(Guid)
	return g.String()
}

// String returns the form with hyphens, in lower case.
func (g Guid) String() string {
	h := hex.EncodeToString(g[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// guidFormat is Guid.ToString(format).
func guidFormat(v value, format string) (string, error) {
	s := guidText(v)
	switch strings.ToUpper(format) {
	case "", "D":
		return s, nil
	case "N":
		return strings.ReplaceAll(s, "-", ""), nil
	case "B":
		return "{" + s + "}", nil
	case "P":
		return "(" + s + ")", nil
	}
	return "", fail(Format, `Format string can be only "D", "d", "N", "n", "P", "p", "B", "b", "X" or "x".`)
}

// parseGUID is Guid.Parse.
func parseGUID(s string) (value, error) {
	s = strings.TrimSpace(s)
	if len(s) == 38 && (s[:1]+s[37:] == "{}" || s[:1]+s[37:] == "()") {
		s = s[1:37]
	}
	if len(s) == 36 && string([]byte{s[8], s[13], s[18], s[23]}) == "----" {
		s = strings.ReplaceAll(s, "-", "")
	}
	var g Guid
	if len(s) != 32 {
		return null(), fail(Format, "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).")
	}
	if _, err := hex.Decode(g[:], []byte(s)); err != nil {
		return null(), fail(Format, "Guid string should only contain hexadecimal characters.")
	}
	return object(kGUID, g), nil
}
