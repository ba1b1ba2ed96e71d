package expr

import "testing"

const hot = `context.Deployment.Region == "West US" && context.Response.StatusCode < 500`

func TestNoAllocation(t *testing.T) {
	x := world()
	for _, src := range []string{
		hot,
		`"West US".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase)`,
		`context.Request.Headers.GetValueOrDefault("X-None", "") == "" && !context.Variables.ContainsKey("absent")`,
	} {
		p, problems := Compile(src, false, Options{Want: Bool})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		f := &frame{x: x, steps: 1 << 30, room: 1 << 30, locals: make([]value, p.slots)} // the pool drops frames under -race
		if n := testing.AllocsPerRun(100, func() { _, _ = p.run(f) }); n >= 1 {
			t.Errorf("%s: got %v allocations, want 0", src, n)
		}
	}
}

func BenchmarkBool(b *testing.B) {
	p, problems := Compile(hot, false, Options{Want: Bool})
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	x := world()
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := p.Bool(x); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := Compile(hot, false, Options{Want: Bool}); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}
