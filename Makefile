# Meridian. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build
MAKEFLAGS += --no-builtin-rules

GO       ?= go
FUZZTIME ?= 12s
VERSION  ?= $(shell git describe --tags --always --dirty --match 'v*' 2>/dev/null || echo devel)
LDFLAGS   = -s -w -buildid= -X main.version=$(VERSION)
TOOLS    := $(CURDIR)/bin/tools

# The tests that start real processes and foreign programs run once, in e2e;
# all others once, in race.
unit_packages = $$($(GO) list ./... | grep -v -e '^meridian/e2e' -e '^meridian/bench')
gotestsum     = $(TOOLS)/gotestsum --format pkgname --format-hide-empty-pkg

# A test that failed runs once more, by itself, and both outcomes are printed;
# twice is failed, and so are more than four at once (docs/adr/0018).
once_more     = --rerun-fails=1 --rerun-fails-max-failures=4 --rerun-fails-run-root-test

.PHONY: help build demo test check lint fmt unit race fuzz simulate e2e bench generate notices tools clean need-go need-race need-e2e need-bench need-npm

help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

build: need-go ## bin/meridian: static, reproducible, version from git
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/meridian ./cmd/meridian

demo: build ## three locations on loopback; needs Go only
	bin/meridian demo

test: lint race simulate fuzz e2e ## everything, as CI runs it

check: test ## the same

lint: tools ## gofumpt, vet, staticcheck and the rest of .golangci.yml
	$(GO) mod verify >/dev/null
	$(TOOLS)/golangci-lint run ./...

fmt: tools ## rewrites files as gofumpt wants them
	$(TOOLS)/golangci-lint fmt ./...

unit: tools ## all tests but e2e, quickly: no race detector, results cached
	$(gotestsum) -- $(unit_packages)

race: need-race tools ## all tests but e2e, shuffled, with the race detector
	.ci/race $(TOOLS)/gotestsum $$(printf '%s\n' $(unit_packages) | grep -vx meridian/cluster)
	.ci/race $(TOOLS)/gotestsum -short -cpu=1 ./cluster

simulate: need-go ## 200 simulated clusters with faults, each from its seed
	$(GO) test -count=1 -run '^TestSimulation$$' ./cluster

fuzz: need-go ## every fuzz target for FUZZTIME (12s), two at a time
	GO=$(GO) .ci/fuzz $(FUZZTIME)

e2e: need-e2e tools build ## real processes, real resolvers, container image, systemd unit
	$(gotestsum) $(once_more) --packages=./e2e/... -- -count=1 -shuffle=on -parallel=6 -timeout=30m

bench: need-bench build ## the benchmarks of bench/, side by side with peers
	bench/run
	bench/gateway/run

generate: need-npm ## everything that is generated and committed
	$(GO) generate ./...
	$(MAKE) notices

notices: need-go ## THIRD_PARTY_NOTICES
	$(GO) run ./internal/notices

tools: $(TOOLS)/.done
$(TOOLS)/.done: tools/go.mod tools/go.sum | need-go
	GOBIN=$(TOOLS) $(GO) -C tools install tool
	@touch $@

clean: ## bin and test results
	rm -rf bin dist
	$(GO) clean -testcache

# What each target needs, said precisely where it is missing.
need-go:
	@command -v $(GO) >/dev/null || { echo 'needs Go $(shell sed -n 's/^go //p' go.mod) or newer on PATH'; exit 1; }

need-race: need-go
	@.ci/missing race

# Without CI=true a test whose program is missing is skipped and says so.
need-e2e: need-go
	@.ci/missing e2e || [ "$${CI:-}" != true ]

need-bench: need-go
	@.ci/missing bench

need-npm: need-go
	@command -v npm >/dev/null || { echo 'generate: npm is missing: the country table is made from an npm package'; exit 1; }
