package policy

import "context"

// outerKind is <base />: the same section of the next outer scope.
func outerKind() kind {
	return kind{name: "base", in: everywhere, compile: func(*compiler, *element, terms) runner { return runOuter }}
}

func runOuter(ctx context.Context, r *run) error {
	if r.x.Trace != nil {
		r.note("the outer scope")
	}
	return r.part(ctx, r.level-1)
}
