package policy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"meridian/gateway/expr"
)

// TestOptions is one offline run of a document: one request, and a backend that
// answers as Answers says.
type TestOptions struct {
	Document  Document
	Scope     Scope
	Options   Options
	Request   *http.Request // with an absolute URL
	Region    string        // context.Deployment.Region
	Client    netip.Addr
	Variables map[string]string // context.Variables to begin with
	Matched   map[string]string // context.Request.MatchedParameters
	Template  string            // context.Operation.UrlTemplate
	Unmatched bool              // no operation claims the request, and no API where Scope is outside of one: on-error runs alone
	Answers   []string          // of the backend, one a call and the last again: a status, "timeout" or "refused"; none: 200
}

// TestResult is what a document did.
type TestResult struct {
	Trace    []TraceEntry  `json:"trace"`
	Sent     []TestMessage `json:"sent"`
	Waited   []string      `json:"waited,omitempty"` // pauses of retry, which were not made
	Response TestMessage   `json:"response"`
}

// TestMessage is a request or a response.
type TestMessage struct {
	Method  string      `json:"method,omitempty"`
	URL     string      `json:"url,omitempty"`
	Host    string      `json:"host,omitempty"`
	Backend string      `json:"backend,omitempty"` // by name; else URL says it
	Status  string      `json:"status,omitempty"`  // of a response; of a request, what the backend did
	Header  http.Header `json:"header,omitempty"`
	Body    string      `json:"body,omitempty"`
}

// Test reads a document and runs it with a backend that is not there. It
// returns no result where the document does not compile.
func Test(ctx context.Context, o TestOptions) (*TestResult, Problems, error) {
	tree, problems := Read(o.Document, o.Scope, o.Options)
	if tree == nil {
		return nil, problems, nil
	}
	for _, a := range o.Answers {
		var failure *Failure
		if _, err := answerOf(a); err != nil && !errors.As(err, &failure) {
			return nil, problems, err
		}
	}
	x, err := o.exchange()
	if err != nil {
		return nil, problems, err
	}
	host := &offline{answers: o.Answers}
	result := &TestResult{}
	x.Trace = func(e TraceEntry) { result.Trace = append(result.Trace, e) }
	program := Link(tree)
	run := program.Run
	if o.Unmatched {
		run = program.Unmatched
	}
	if err := run(ctx, x, host); err != nil {
		return nil, problems, fmt.Errorf("running policies: %w", err)
	}
	result.Sent, result.Waited = host.sent, host.waited
	if result.Response, err = responseMessage(x.Response); err != nil {
		return nil, problems, err
	}
	result.veil(tree.secrets)
	return result, problems, nil
}

// veil replaces secret named values in what was sent and answered; the trace
// has none.
func (t *TestResult) veil(secrets []string) {
	var h hidden
	for _, secret := range secrets {
		h.add(secret)
	}
	messages := append(slices.Clone(t.Sent), t.Response)
	for i := range messages {
		m := &messages[i]
		m.URL, m.Body = h.veil(m.URL), h.veil(m.Body)
		for _, values := range m.Header {
			for k := range values {
				values[k] = h.veil(values[k])
			}
		}
	}
	n := len(t.Sent)
	t.Sent, t.Response = messages[:n:n], messages[n]
}

// exchange makes what Run takes.
func (o TestOptions) exchange() (*Exchange, error) {
	if o.Request == nil || o.Request.URL == nil || o.Request.URL.Host == "" {
		return nil, fmt.Errorf("testing a policy: the request has no absolute URL")
	}
	original := *o.Request.URL
	x := &Exchange{}
	x.Request = &expr.Request{HTTP: o.Request, Original: &original, Client: o.Client, Matched: o.Matched}
	x.Deployment = expr.Deployment{Region: o.Region, ServiceName: "test"}
	x.API = expr.API{ID: "test", Name: "test", Revision: "1"}
	x.Operation = expr.Operation{ID: "test", Name: "test", Method: o.Request.Method, URLTemplate: o.Template}
	x.NoOperation, x.NoAPI = o.Unmatched, o.Unmatched && o.Scope < ScopeAPI
	x.RequestID = "00000000-0000-0000-0000-000000000000"
	x.Timestamp = time.Now()
	x.Variables = map[string]expr.Value{}
	for name, value := range o.Variables {
		x.Variables[name] = value
	}
	return x, nil
}

// maxShown is the most of a body that a result holds.
const maxShown = 64 << 10

func requestMessage(x *Exchange) (TestMessage, error) {
	req := x.Request.HTTP
	m := TestMessage{Method: req.Method, Host: req.Host, Backend: x.Target.Backend, Header: req.Header.Clone()}
	m.URL = req.URL.RequestURI()
	if u := x.Target.URL; u != nil {
		m.URL = strings.TrimSuffix((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(), "/") + m.URL
	}
	body, err := shown(req.Body)
	m.Body = body
	return m, err
}

func responseMessage(resp *expr.Response) (TestMessage, error) {
	body, err := shown(resp.HTTP.Body)
	return TestMessage{Status: resp.HTTP.Status, Header: resp.HTTP.Header, Body: body}, err
}

// shown reads a body, as much as a result may hold.
func shown(body io.ReadCloser) (string, error) {
	if body == nil {
		return "", nil
	}
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(io.LimitReader(body, maxShown))
	if err != nil {
		return "", fmt.Errorf("reading a body: %w", err)
	}
	return string(data), nil
}
