//go:build deps

package meridian

import (
	_ "github.com/miekg/dns"
	_ "github.com/prometheus/client_golang/prometheus"
	_ "github.com/prometheus/client_golang/prometheus/promhttp"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/net/ipv4"
	_ "golang.org/x/sync/singleflight"
	_ "golang.org/x/time/rate"
	_ "github.com/oschwald/maxminddb-golang/v2"
	_ "go.yaml.in/yaml/v4"
	_ "github.com/santhosh-tekuri/jsonschema/v6"
	_ "github.com/invopop/jsonschema"
	_ "github.com/fsnotify/fsnotify"
	_ "github.com/spf13/cobra"
	_ "github.com/jmespath/go-jmespath"
	_ "github.com/danielgtaylor/huma/v2"
	_ "github.com/danielgtaylor/huma/v2/adapters/humago"
	_ "go.uber.org/goleak"
	_ "pgregory.net/rapid"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/maxmind/mmdbwriter"
	_ "github.com/getkin/kin-openapi/openapi3"
	_ "github.com/rogpeppe/go-internal/testscript"
)
