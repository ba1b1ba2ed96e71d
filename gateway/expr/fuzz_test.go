package expr

import (
	"strings"
	"testing"
)

func seeds() []string {
	return []string{
		`"West US".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase)`,
		`(string)context.Variables["text"] + $"{(int)context.Variables["int"],5:D4}"`,
		`context.Request.Headers.GetValueOrDefault("a","").Split(',')[0]?.Trim() ?? "x"`,
		`context.Response == null || context.Response.StatusCode >= 500 ? 1 : 2.5`,
		`(string)context.Request.Body.As<JObject>(preserveContent: true).SelectToken("list[0]")`,
		`new [] {"a","b"}.Where(x => x != "a").Select(x => x.Length).Sum(x => x)`,
		`DateTime.UtcNow.AddDays(-1).ToString("yyyy-MM-dd'T'HH:mm:ss.fffK")`,
		`var s = ""; for (int i = 0; i < 3; i++) { s += i; } try { return int.Parse(s); } catch (Exception e) { return e.Message; }`,
		`var j = new JObject { ["a"] = new JArray(1, 'c', null) }; foreach (var p in j.Properties()) { p.Value = 1; } return j;`,
		`string.Format("{0,-5:N2}|{1}", 1.5, new Dictionary<string,int> { { "a", 1 } })`,
		`Regex.Match("ab", @"(?<x>b)").Groups["x"].Value + Math.Round(1.5) + (1 << 3) + Convert.ToInt32("ff", 16)`,
	}
}

// FuzzCompile holds that no source makes the compiler panic, and that what it
// refuses has a position within the source.
func FuzzCompile(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, src string, block bool) {
		p, problems := Compile(src, block, Options{})
		if (p == nil) == (len(problems) == 0) {
			t.Fatalf("got program %v and problems %v", p, problems)
		}
		lines := strings.Count(src, "\n") + 1
		for _, problem := range problems {
			if problem.Line < 1 || problem.Line > lines || problem.Column < 1 || problem.Message == "" {
				t.Errorf("problem %v lies outside of the source", problem)
			}
		}
	})
}

// FuzzEval holds that what compiles can be evaluated: to a value with a text,
// or to an *Error, within its limits.
func FuzzEval(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s, strings.Contains(s, "return"))
	}
	f.Fuzz(func(t *testing.T, src string, block bool) {
		p, problems := Compile(src, block, Options{MaxSteps: 2000, MaxBytes: 1 << 16})
		if len(problems) > 0 {
			return
		}
		for _, x := range []*Context{world(), {}} {
			v, err := p.Eval(x)
			if _, ok := err.(*Error); err != nil && !ok { //nolint:errorlint // Eval returns *Error as it is
				t.Errorf("got an error of type %T: %v", err, err)
			}
			if err == nil {
				_ = ToText(v)
			}
		}
	})
}
