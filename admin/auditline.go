package admin

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"meridian/admin/api"
)

const (
	maxAuditLine = 64 << 10 // bytes of a line that is read
	maxAuditText = 1024     // bytes of one field that is written
	maxBypass    = 16       // names of rules that are written
)

// hashField stands between what an entry's hash covers and the hash. Quotes
// inside of values are escaped, so it cannot occur in one.
const hashField = `,"hash":"`

// noHash stands before the first entry.
func noHash() string { return strings.Repeat("0", 2*sha256.Size) }

// seal numbers and chains entries behind a head. It returns their lines and the
// head behind them.
func seal(entries []api.AuditEntry, head api.AuditHead) ([]byte, api.AuditHead, error) {
	var out []byte
	for i := range entries {
		e := &entries[i]
		e.Seq, e.Prev, e.Hash = head.Seq+1, head.Hash, ""
		line, err := json.Marshal(e)
		if err != nil {
			return nil, head, fmt.Errorf("writing entry %d: %w", e.Seq, err)
		}
		covered := bytes.TrimSuffix(line, []byte(hashField+`"}`))
		sum := sha256.Sum256(covered)
		e.Hash = hex.EncodeToString(sum[:])
		out = append(append(append(append(out, covered...), hashField...), e.Hash...), "\"}\n"...)
		head.Seq, head.Hash = e.Seq, e.Hash
	}
	return out, head, nil
}

// parseAudit reads a line without its newline. Where only the hash is wrong,
// the entry is returned with the error.
func parseAudit(line []byte) (api.AuditEntry, error) {
	var e api.AuditEntry
	if err := json.Unmarshal(line, &e); err != nil {
		return e, fmt.Errorf("reading entry: %w", err)
	}
	at := bytes.LastIndex(line, []byte(hashField))
	if at < 0 || string(line[at:]) != hashField+e.Hash+`"}` {
		return api.AuditEntry{}, errors.New("reading entry: the hash is not its last field")
	}
	if sum := sha256.Sum256(line[:at]); hex.EncodeToString(sum[:]) != e.Hash {
		return e, fmt.Errorf("entry %d does not have the hash it states", e.Seq)
	}
	return e, nil
}

// bound limits what a caller can make the log hold.
func bound(e *api.AuditEntry) {
	for _, field := range []*string{&e.Principal, &e.Remote, &e.Method, &e.Path, &e.Target, &e.Reason, &e.Change, &e.Note} {
		*field = clip(*field, maxAuditText)
	}
	if len(e.Bypass) > maxBypass {
		e.Bypass = e.Bypass[:maxBypass]
	}
	if len(e.Bypass) == 0 {
		return
	}
	names := make(api.List[string], 0, len(e.Bypass))
	for _, name := range e.Bypass {
		names = append(names, clip(name, 64))
	}
	e.Bypass = names
}

// clip cuts a text at n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
