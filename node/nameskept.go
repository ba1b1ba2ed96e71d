package node

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"meridian/dnswire"
)

// backendNamesBlob is where the last addresses of backends are kept: a node that
// starts without DNS serves by them.
const backendNamesBlob = "backend-addresses"

// load takes up what the last run knew.
func (h *hosts) load() {
	g, known, err := h.node.load(backendNamesBlob)
	if !known {
		return
	}
	var kept map[dnswire.Name][]netip.Addr
	if err == nil {
		err = json.Unmarshal(g.Data, &kept)
	}
	if err != nil {
		h.node.log.Warn("addresses of backends of the last run not used", "error", err)
		return
	}
	maps.Copy(h.known, kept)
	h.saved = kept
}

// save writes the last addresses of the watched names to disk.
func (h *hosts) save() error {
	watched := *h.watched.Load()
	h.mu.Lock()
	kept := maps.Clone(h.known)
	h.mu.Unlock()
	maps.DeleteFunc(kept, func(name dnswire.Name, _ []netip.Addr) bool { return !watched[name] })
	if len(watched) == 0 || maps.EqualFunc(kept, h.saved, slices.Equal[[]netip.Addr]) {
		return nil
	}
	data, err := json.Marshal(kept)
	if err == nil {
		err = h.node.disk.Save(backendNamesBlob, data)
	}
	if err != nil {
		return fmt.Errorf("saving addresses of backends: %w", err)
	}
	h.saved = kept
	return nil
}
