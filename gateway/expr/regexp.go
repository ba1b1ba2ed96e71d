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

func compileRegex(pattern value, options int64) (*regexp.Regexp, error) {
	if pattern.k == kNull {
		return nil, nullArgument("pattern")
	}
	text := pattern.s
	if len(text) > 4096 {
		return nil, fail(Limit, "A pattern has at most 4096 bytes.")
	}
	text = regexFlags(options) + text
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, fail(Argument, "parsing \""+pattern.s+"\" - "+err.Error())
	}
	return re, nil
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
		re, err := compileRegex(a[0], a[1].n)
		if err != nil {
			return null(), err
		}
		return object(kRegex, re), f.step(len(a[0].s))
	}}})
}

func isMatch(f *frame, re *regexp.Regexp, s string) (value, error) {
	return boolean(re.MatchString(s)), f.step(1 + len(s)/64)
}

func firstMatch(f *frame, re *regexp.Regexp, s string) (value, error) {
	groups := re.FindStringSubmatch(s)
	m := &matched{groups: groups, names: re.SubexpNames(), ok: groups != nil}
	if m.ok {
		m.text = groups[0]
	}
	return object(kMatch, m), f.step(1 + len(s)/64)
}

func replaceMatches(f *frame, re *regexp.Regexp, s, with string) (value, error) {
	if n := len(re.FindAllStringIndex(s, -1)); n*len(with) > f.room {
		return null(), f.take(n * len(with))
	}
	return f.made(re.ReplaceAllString(s, with))
}

func regexMethods() []method {
	return []method{
		{"IsMatch(string input) bool", func(f *frame, a []value) (value, error) { return isMatch(f, a[0].o.(*regexp.Regexp), a[1].s) }},
		{"Match(string input) Match", func(f *frame, a []value) (value, error) { return firstMatch(f, a[0].o.(*regexp.Regexp), a[1].s) }},
		{"Replace(string input, string replacement) string", func(f *frame, a []value) (value, error) {
			return replaceMatches(f, a[0].o.(*regexp.Regexp), a[1].s, a[2].s)
		}},
	}
}

func regexStatics() []method {
	with := func(run func(f *frame, re *regexp.Regexp, a []value) (value, error), at int) func(*frame, []value) (value, error) {
		return func(f *frame, a []value) (value, error) {
			re, err := compileRegex(a[1], a[at].n)
			if err != nil {
				return null(), err
			}
			if err := f.step(len(a[1].s)); err != nil {
				return null(), err
			}
			return run(f, re, a)
		}
	}
	return timed([]method{
		{"IsMatch(string input, string pattern, RegexOptions options = 0) bool", with(func(f *frame, re *regexp.Regexp, a []value) (value, error) {
			return isMatch(f, re, a[0].s)
		}, 2)},
		{"Match(string input, string pattern, RegexOptions options = 0) Match", with(func(f *frame, re *regexp.Regexp, a []value) (value, error) {
			return firstMatch(f, re, a[0].s)
		}, 2)},
		{"Replace(string input, string pattern, string replacement, RegexOptions options = 0) string", with(func(f *frame, re *regexp.Regexp, a []value) (value, error) {
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
