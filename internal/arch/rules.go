package arch

// Rules returns the rules of the house.
func Rules() []Rule {
	return []Rule{
		{"packages", "a package appears when it has something to own, and the design says what", checkPackages},
		{"layers", "arrows point down only and siblings do not know each other: declare an interface of one to three methods and let node pass it in", checkLayers},
		{"pure", "what decides must be repeatable: now and randomness are arguments, results are values", checkPure},
		{"libraries", "each protocol library has its importers, so that it can be replaced in one place", checkLibraries},
		{"filenames", "one noun per file tells a reader where to look", checkFileNames},
		{"words", "a banned word names nothing: say what the thing is", checkWords},
		{"filesize", "a file is read in one go; split it along its nouns", checkFileSize},
		{"funcsize", "a function is read in one go; split it along its steps", checkFuncSize},
		{"complexity", "a function with many branches has as many bugs; use a table, or split it", checkComplexity},
		{"init", "nothing happens before main, so nothing happens unseen", checkInit},
		{"vars", "a package variable is shared state nobody owns; allowed are sentinels (errX, ErrX) made by errors.New or fmt.Errorf, var _ Interface = …, go:embed, and the version the linker stamps", checkVars},
		{"context", "a context belongs to a call, not to a value", checkContext},
		{"globals", "loggers, registries and clients are passed in, so that two nodes can live in one process", checkGlobals},
		{"later", "what is left for later is an issue, not a comment", checkLater},
		{"sleep", "a test that sleeps is slow or flaky: use a synctest bubble or wait for the event", checkSleep},
		{"places", "the project must build on any machine", checkPlaces},
		{"doc", "doc.go says what the package owns, what it must not import, and how data flows through", checkDoc},
		{"dependencies", "each dependency has a line in docs/dependencies.md: what for, why this one, what would replace it", checkDependencies},
		{"metrics", "metric names pass promlint and share one prefix", checkMetrics},
	}
}
