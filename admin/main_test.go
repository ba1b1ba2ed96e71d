package admin_test

import (
	"testing"

	"go.uber.org/goleak"

	"meridian/internal/leaktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaktest.Settled(m)) }
