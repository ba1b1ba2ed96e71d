package policy

import (
	"context"
	"strings"
)

// kind is one element of the catalogue: where it may stand, what it may hold,
// and how it becomes a step.
type kind struct {
	name       string
	in         sections
	attributes []attr
	content    content
	once       bool // in one document
	// compile returns what the element does; nil where something is wrong,
	// which it has reported.
	compile func(c *compiler, e *element, t terms) runner
}

// content is what stands between an element's tags.
type content uint8

const (
	nothing  content = iota // no text and no elements
	elements                // elements only
	anything                // the element looks itself
)

// runner does what an element says.
type runner func(ctx context.Context, r *run) error

// catalogue is every element there is. Their order is that of the manual.
func catalogue() []kind {
	return []kind{
		chooseKind(), includeKind(), retryKind(), returnKind(), traceKind(),
		variableKind(), backendKind(), forwardKind(), rewriteKind(), queryKind(),
		headerKind(), bodyKind(), methodKind(), statusKind(),
		rateKind(), rateByKeyKind(), outerKind(),
	}
}

// unsupported lists the elements of API Management that are not in the
// catalogue, so that a refusal can tell them from slips of the pen.
func unsupported() []string {
	return strings.Fields(`
		authentication-basic authentication-certificate authentication-managed-identity
		azure-openai-emit-token-metric azure-openai-semantic-cache-lookup azure-openai-semantic-cache-store azure-openai-token-limit
		cache-lookup cache-lookup-value cache-remove-value cache-store cache-store-value
		check-header cors cross-domain emit-metric find-and-replace get-authorization-context
		http-data-source invoke-dapr-binding invoke-request ip-filter json-to-xml jsonp limit-concurrency
		llm-content-safety llm-emit-token-metric llm-semantic-cache-lookup llm-semantic-cache-store llm-token-limit
		log-to-eventhub mock-response proxy publish-event publish-to-dapr publish-to-service-bus quota quota-by-key
		redirect-content-urls send-one-way-request send-request send-service-bus-message set-edge-cache
		sql-data-source validate-azure-ad-token validate-client-certificate validate-content validate-headers
		validate-jwt validate-odata-request validate-parameters validate-graphql-request validate-status-code
		wait xml-to-json xsl-transform cosmosdb-data-source set-graphql-resolver trace-metric`)
}
