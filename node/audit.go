package node

import (
	"path/filepath"

	"meridian/admin"
	"meridian/admin/api"
)

// AuditDir returns where a node with the given data directory keeps its audit
// log.
func AuditDir(dataDir string) string { return filepath.Join(dataDir, "audit") }

// VerifyAudit checks an audit log's files; the node need not run. A head that
// was noted earlier must be in the log; the zero one is not looked for.
func VerifyAudit(dir string, noted api.AuditHead) (api.AuditReport, error) {
	return admin.VerifyAudit(dir, noted)
}
