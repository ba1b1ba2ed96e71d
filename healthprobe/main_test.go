package healthprobe

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(frozenTarget); address != "" {
		os.Exit(probeAsChild(address))
	}
	goleak.VerifyTestMain(m)
}
