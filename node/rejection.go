package node

import (
	"fmt"
	"strings"
	"time"

	"meridian/admin/api"
)

// rejection is a service document that cannot be used; the last good plan serves.
type rejection struct {
	File  string    `json:"file"`
	Since time.Time `json:"since"`          // no newer document could be used from then on; the node's clock
	Why   string    `json:"why"`            // with file, line and column; from another node at most maxRejection bytes
	Held  bool      `json:"held,omitempty"` // it can be compiled there, and is held back
}

// maxRejection is the most bytes of a rejection's reason that other nodes are told.
const maxRejection = 1 << 10

// rejection returns what is wrong with this node's document; nil: nothing.
func (n *Node) rejection(l *live) *rejection {
	if l == nil || l.rejected == "" {
		return nil
	}
	out := &rejection{File: n.loader.path, Since: n.started.UTC(), Why: l.rejected}
	if since := n.loader.rejectedAt.Load(); since != nil {
		out.Since = since.UTC()
	}
	if h := n.loader.held.Load(); h != nil {
		out.Held = h.Error() == out.Why
	}
	return out
}

// short is r as other nodes are told of it.
func (r *rejection) short() *rejection {
	if r == nil || len(r.Why) <= maxRejection {
		return r
	}
	out := *r
	out.Why = cut(r.Why, maxRejection) + " …"
	return &out
}

// cut returns the start of s, whole characters in at most limit bytes.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}

// rejected returns the document that is not in service though it is to be: this
// node's, else that of the node that writes the plan. name is of that node; r is
// nil where there is none, or this node tells of it as of a plan that is held.
func (n *Node) rejected(l *live) (r *rejection, name string) {
	switch r = n.rejection(l); {
	case r != nil && r.Held:
		return nil, ""
	case r != nil:
		return r, n.options.Config.Name
	}
	w := n.writer()
	if w == "" || w == n.replicas.id() {
		return nil, ""
	}
	return n.reports()[w].Rejected, n.nameOf(w)
}

// showRejected shows the document that is not in service; nil: there is none.
func (n *Node) showRejected(l *live) *api.PlanRejected {
	r, name := n.rejected(l)
	if r == nil {
		return nil
	}
	return &api.PlanRejected{Node: name, File: r.File, Since: r.Since, Why: r.Why}
}

// rejectedProblem tells of it.
func (n *Node) rejectedProblem(l *live) []api.Problem {
	r, name := n.rejected(l)
	if r == nil {
		return nil
	}
	code := "plan_rejected"
	if r.Held {
		code = "plan_held"
	}
	return []api.Problem{{
		Severity: "warning", Code: code, Subject: "plan", Since: instant(r.Since),
		Text: fmt.Sprintf("a newer service document, %s of node %s, is not served since %s, plan %d is: %s",
			r.File, name, r.Since.Format(time.RFC3339), l.serial, strings.TrimSpace(r.Why)),
	}}
}
