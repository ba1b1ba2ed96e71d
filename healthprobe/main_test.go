package healthprobe

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"meridian/internal/leaktest"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(frozenTarget); address != "" {
		os.Exit(probeAsChild(address))
	}
	goleak.VerifyTestMain(leaktest.Settled(m))
}
