package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// split cuts s at the separators; no separator means white space. limit is the
// most parts, 0 for any.
func split(f *frame, s string, seps []string, limit, options int) (value, error) {
	if err := f.take(len(s)); err != nil {
		return null(), err
	}
	seps = usable(seps)
	parts := []string{}
	for limit == 0 || len(parts) < limit-1 {
		at, size := nextSeparator(s, seps)
		if at < 0 {
			break
		}
		if err := f.step(1); err != nil {
			return null(), err
		}
		parts = keep(parts, s[:at], options)
		s = s[at+size:]
	}
	if limit > 0 && options&splitNoEmpties != 0 {
		s = skipSeparators(s, seps)
	}
	parts = keep(parts, s, options)
	return stringsOf(parts), nil
}

// usable drops empty separators; of none left, white space separates.
func usable(seps []string) []string {
	var out []string
	for _, s := range seps {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func keep(parts []string, s string, options int) []string {
	if options&splitTrims != 0 {
		s = strings.TrimSpace(s)
	}
	if s == "" && options&splitNoEmpties != 0 {
		return parts
	}
	return append(parts, s)
}

// nextSeparator finds the first separator in s; at is -1 where there is none.
func nextSeparator(s string, seps []string) (at, size int) {
	if len(seps) == 0 {
		at = strings.IndexFunc(s, unicode.IsSpace)
		if at >= 0 {
			_, size = utf8.DecodeRuneInString(s[at:])
		}
		return at, size
	}
	at = -1
	for _, sep := range seps {
		window := s
		if at >= 0 {
			window = s[:min(len(s), at+len(sep)-1)]
		}
		if i := strings.Index(window, sep); i >= 0 {
			at, size = i, len(sep)
		}
	}
	return at, size
}

// skipSeparators drops separators in front of the last part.
func skipSeparators(s string, seps []string) string {
	for {
		at, size := nextSeparator(s, seps)
		if at != 0 || size == 0 {
			return s
		}
		s = s[size:]
	}
}

// joinTexts joins the texts of values.
func joinTexts(f *frame, sep string, v value) (value, error) {
	list, err := items(f, v)
	if err != nil {
		return null(), nullArgument("values")
	}
	texts := make([]string, len(list))
	for i, it := range list {
		texts[i] = textOf(it)
		if err := f.take(len(texts[i]) + len(sep)); err != nil {
			return null(), err
		}
	}
	return str(strings.Join(texts, sep)), nil
}
