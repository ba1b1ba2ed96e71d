package client

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"meridian/admin/api"
)

// maxLine is the most bytes of one line of a stream.
const maxLine = 1 << 20

// Stream calls handle with each event kept behind the one with the given id
// ("": all), then with each as it happens, until the context ends, the
// connection breaks or handle returns an error. An event of kind api.EventLost
// says that some in between are gone. The error is never nil: io.EOF when the
// server ended the stream, as it does when it shuts down. Going on is a new
// call with the last event's ID.
func (c *Client) Stream(ctx context.Context, after string, handle func(api.Event) error) error {
	header := http.Header{"Accept": {"text/event-stream"}}
	if after != "" {
		header["Last-Event-Id"] = []string{after}
	}
	resp, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/events", header: header})
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // read only
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 4096), maxLine)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue // id and event stand in the data too
		}
		var e api.Event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return fmt.Errorf("reading event: %w", err)
		}
		if err := handle(e); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading event stream: %w", err)
	}
	return io.EOF
}
