package api

import "time"

// AuditEntry is a line of a node's audit log: an attempt to change something,
// or something about the log itself. Hash covers all fields before it, Prev
// among them, as they stand in the file.
type AuditEntry struct {
	Seq       uint64       `json:"seq" doc:"Number of the entry; the first is 1"`
	At        time.Time    `json:"at"`
	Node      string       `json:"node,omitempty"`
	Principal string       `json:"principal,omitempty" doc:"Who asked; empty: nobody known" example:"token:alice"`
	Role      Role         `json:"role,omitempty"`
	Remote    string       `json:"remote,omitempty" doc:"Address the request came from, or socket" example:"203.0.113.7"`
	Method    string       `json:"method,omitempty"`
	Path      string       `json:"path,omitempty"`
	Operation string       `json:"operation" doc:"Operation of the API, or audit_gap, audit_pruned" example:"patchLocation"`
	Target    string       `json:"target,omitempty" example:"location/westus2"`
	Reason    string       `json:"reason,omitempty" doc:"The reason that was given"`
	Bypass    List[string] `json:"bypass,omitempty" nullable:"false" doc:"Safety rules that were bypassed"`
	DryRun    bool         `json:"dryRun,omitempty"`
	Status    int          `json:"status,omitempty" doc:"HTTP status of the answer"`
	Outcome   string       `json:"outcome" enum:"done,refused,failed,note"`
	Code      Kind         `json:"code,omitempty" doc:"Why it was refused"`
	Change    string       `json:"change,omitempty" doc:"Id of the change"`
	Skipped   uint64       `json:"skipped,omitempty" doc:"Refused attempts before this one that were too many to write down"`
	Missed    uint64       `json:"missed,omitempty" doc:"Entries of an audit_gap that could not be written"`
	Note      string       `json:"note,omitempty"`
	Prev      string       `json:"prev" doc:"Hash of the entry before; zeros before the first"`
	Hash      string       `json:"hash" doc:"SHA-256, hexadecimal"`
}

// AuditHead is the end of an audit log. Kept elsewhere, it shows later whether
// the end has been cut off or the log written anew.
type AuditHead struct {
	Seq    uint64 `json:"seq"`
	Hash   string `json:"hash"`
	Missed uint64 `json:"missed,omitempty" doc:"Entries that could not be written since the last one that could"`
}

// Audit is a page of an audit log, oldest first.
type Audit struct {
	Entries List[AuditEntry] `json:"entries" nullable:"false"`
	Head    AuditHead        `json:"head"`
	Oldest  uint64           `json:"oldest" doc:"Number of the oldest entry kept; 0: there is none"`
}

// AuditReport is what the verification of an audit log found.
type AuditReport struct {
	OK       bool         `json:"ok"`
	Files    int          `json:"files"`
	Entries  uint64       `json:"entries" doc:"Entries that hold, from the oldest to the first finding"`
	First    uint64       `json:"first" doc:"Number of the oldest entry kept"`
	Head     AuditHead    `json:"head" doc:"The last entry that holds"`
	Gaps     uint64       `json:"gaps" doc:"Entries that could not be written when they were due"`
	Bad      *AuditFault  `json:"bad,omitempty" doc:"The first entry that does not hold"`
	Warnings List[string] `json:"warnings" nullable:"false"`
}

// AuditFault is where a log stops holding, and why.
type AuditFault struct {
	File string `json:"file"`
	Line int    `json:"line" doc:"Counted from 1; one behind the last where something is missing at the end"`
	Seq  uint64 `json:"seq" doc:"Number the entry has, or should have"`
	What string `json:"what" enum:"edited,removed,reordered,truncated,unreadable"`
	Text string `json:"text"`
}
