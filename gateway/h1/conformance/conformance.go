package conformance

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// patience bounds every wait of a test.
const patience = 10 * time.Second

// Factory makes a RoundTripper whose connections, to the backend of a test, dial
// opens; with these settings: no compression, at least 4 idle connections, heads of answers up to
// 64 KiB, 200 ms for a 100 Continue, 3 s for the head of an answer.
type Factory func(dial func(ctx context.Context) (net.Conn, error)) http.RoundTripper

// closer is what every RoundTripper here also has.
type closer interface{ CloseIdleConnections() }

// Test checks the RoundTrippers of a factory.
func Test(t *testing.T, factory Factory) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, Factory)
	}{
		{"answers", testAnswers},
		{"requests", testRequests},
		{"refusals", testRefusals},
		{"bodies", testBodies},
		{"reuse", testReuse},
		{"stale", testStale},
		{"continue", testContinue},
		{"informational", testInformational},
		{"switching", testSwitching},
		{"trailers", testTrailers},
		{"endings", testEndings},
		{"hooks", testHooks},
		{"load", testLoad},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, factory) })
	}
}

// scene is one step of a test: its own backend and RoundTripper.
type scene struct {
	name string
	play func(*world)
}

func play(t *testing.T, factory Factory, scenes []scene) {
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) { s.play(newWorld(t, factory)) })
	}
}
