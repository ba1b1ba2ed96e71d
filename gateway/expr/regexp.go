package expr

import (
	"regexp"
	"slices"
	"strings"
)

// Regular expressions run on Go's engine, which is linear: what it lacks
// (look-around, back references) is refused when it is compiled.

type matched struct {
	text   string
	groups []string
	names  []string
	ok     bool
}

// groupAt is a group of a match; one that is not there did not succeed.
func groupAt(_ *frame, x, i value) (value, error) {
	m := x.o.(*matched)
	if i.n < 0 || i.n >= int64(len(m.groups)) {
		return object(kMatch, &matched{}), nil
	}
	return object(kMatch, &matched{text: m.groups[i.n], ok: true}), nil
}

func groupNamed(f *frame, x, i value) (value, error) {
	return groupAt(f, x, integer(int32(slices.Index(x.o.(*matched).names, i.s))))
}

func compileRegex(f *frame, source value, options int64) (*pattern, error) {
	if source.k == kNull {
		return nil, nullArgument("pattern")
	}
	text := source.s
	if len(text) > 4096 {
		return nil, fail(Limit, "A pattern has at most 4096 bytes.")
	}
	text = regexFlags(options) + text
	if err := f.step(len(text)); err != nil {
		return nil, err
	}
	re, err := compilePattern(text)
	if err != nil {
		return nil, fail(Argument, "parsing \""+source.s+"\" - "+err.Error())
	}
	return re, f.step(re.instructions / 8)
}

// regexFlags are the RegexOptions that change what matches: IgnoreCase,
// Multiline, Singleline.
func regexFlags(options int64) string {
	flags := ""
	for i, flag := range map[int64]string{1: "i", 2: "m", 16: "s"} {
		if options&i != 0 {
			flags += flag
		}
	}
	if flags == "" {
		return ""
	}
	return "(?" + flags + ")"
}

// timed adds to each row with options the overload that has a time limit, which
// a linear engine does not need.
func timed(rows []method) []method {
	for _, row := range rows {
		if head, result, ok := strings.Cut(row.sig, "RegexOptions options = 0)"); ok {
			rows = append(rows, method{head + "RegexOptions options, TimeSpan matchTimeout)" + result, row.run})
		}
	}
	return rows
}

func regexConstructors() []method {
	return timed([]method{{"new(string pattern, RegexOptions options = 0) Regex", func(f *frame, a []value) (value, error) {
		re, err := compileRegex(f, a[0], a[1].n)
		if err != nil {
			return null(), err
		}
		return object(kRegex, re), nil
	}}})
}

func isMatch(f *frame, re *pattern, s string) (value, error) {
	if err := re.search(f, s, 1); err != nil {
		return null(), err
	}
	return boolean(re.MatchString(s)), nil
}

func firstMatch(f *frame, re *pattern, s string) (value, error) {
	if err := re.search(f, s, 1); err != nil {
		return null(), err
	}
	groups := re.FindStringSubmatch(s)
	m := &matched{groups: groups, names: re.SubexpNames(), ok: groups != nil}
	if m.ok {
		m.text = groups[0]
	}
	return object(kMatch, m), nil
}

func replaceMatches(f *frame, re *pattern, s, with string) (value, error) {
	if err := re.search(f, s, 2); err != nil {
		return null(), err
	}
	found := re.FindAllStringIndex(s, f.steps+1)
	if err := f.step(len(found)); err != nil {
		return null(), err
	}
	// At most so long is what is made: every $ may stand for all that was found.
	if n := len(found)*len(with) + strings.Count(with, "$")*len(s); n > f.room {
		return null(), f.take(n)
	}
	return f.made(re.ReplaceAllString(s, with))
}

func regexMethods() []method {
	return []method{
		{"IsMatch(string input) bool", func(f *frame, a []value) (value, error) { return isMatch(f, a[0].o.(*pattern), a[1].s) }},
		{"Match(string input) Match", func(f *frame, a []value) (value, error) { return firstMatch(f, a[0].o.(*pattern), a[1].s) }},
		{"Replace(string input, string replacement) string", func(f *frame, a []value) (value, error) {
			return replaceMatches(f, a[0].o.(*pattern), a[1].s, a[2].s)
		}},
	}
}

func regexStatics() []method {
	with := func(run func(f *frame, re *pattern, a []value) (value, error), at int) func(*frame, []value) (value, error) {
		return func(f *frame, a []value) (value, error) {
			re, err := compileRegex(f, a[1], a[at].n)
			if err != nil {
				return null(), err
			}
			return run(f, re, a)
		}
	}
	return timed([]method{
		{"IsMatch(string input, string pattern, RegexOptions options = 0) bool", with(func(f *frame, re *pattern, a []value) (value, error) {
			return isMatch(f, re, a[0].s)
		}, 2)},
		{"Match(string input, string pattern, RegexOptions options = 0) Match", with(func(f *frame, re *pattern, a []value) (value, error) {
			return firstMatch(f, re, a[0].s)
		}, 2)},
		{"Replace(string input, string pattern, string replacement, RegexOptions options = 0) string", with(func(f *frame, re *pattern, a []value) (value, error) {
			return replaceMatches(f, re, a[0].s, a[2].s)
		}, 3)},
		{"Escape(string str) string", func(f *frame, a []value) (value, error) { return f.made(regexp.QuoteMeta(a[0].s)) }},
	})
}

func matchProperties() []property {
	return []property{
		{"Success bool", func(_ *frame, v value) (value, error) { return boolean(v.o.(*matched).ok), nil }},
		{"Value string", func(_ *frame, v value) (value, error) { return str(v.o.(*matched).text), nil }},
		{"Groups GroupCollection", func(_ *frame, v value) (value, error) { return object(kMatches, v.o), nil }},
	}
}
