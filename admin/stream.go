package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"meridian/admin/api"
)

// streamBatch is how many events are written between two flushes.
const streamBatch = 256

// stream writes server-sent events to one caller. It pulls, so a slow caller
// holds up nobody: it loses the oldest events and is told so, and is cut off
// when a single write takes too long.
type stream struct {
	w         http.ResponseWriter
	control   *http.ResponseController
	source    EventSource
	after     string        // id of the last event written
	heartbeat time.Duration // between two lines of a silent stream
	patience  time.Duration // for one write
}

// run writes until the caller leaves or the server shuts down.
func (s *stream) run(left, closing <-chan struct{}) {
	h := s.w.Header()
	h.Set("Content-Type", eventStream)
	h.Set("X-Accel-Buffering", "no")
	beat := time.NewTicker(s.heartbeat)
	defer beat.Stop()
	err := s.write([]byte("retry: 2000\n\n"))
	for err == nil {
		changed := s.source.Changed()
		events, lost := s.source.Since(s.after, streamBatch)
		if err = s.writeEvents(events, lost); err != nil || len(events) == streamBatch {
			continue
		}
		select {
		case <-left:
			return
		case <-closing:
			return
		case <-changed:
		case <-beat.C:
			err = s.write([]byte(": alive\n\n"))
		}
	}
}

func (s *stream) writeEvents(events []api.Event, lost bool) error {
	var out []byte
	if lost {
		out = fmt.Appendf(out, "event: %s\ndata: {\"id\":\"\",\"at\":%q,\"kind\":%q,\"text\":\"events before this point are no longer kept\"}\n\n",
			api.EventLost, time.Now().UTC().Format(time.RFC3339Nano), api.EventLost)
	}
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("writing event %q: %w", e.ID, err)
		}
		out = fmt.Appendf(out, "id: %s\nevent: %s\ndata: %s\n\n", e.ID, e.Kind, data)
		s.after = e.ID
	}
	if len(out) == 0 {
		return nil
	}
	return s.write(out)
}

func (s *stream) write(b []byte) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(s.patience)); err != nil {
		return err
	}
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	return s.control.Flush()
}
