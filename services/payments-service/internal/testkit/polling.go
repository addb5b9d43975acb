package testkit

import (
	"context"
	"testing"
	"time"
)

// Timeout is for conditions that come true within moments, on a busy machine too.
const Timeout = 20 * time.Second

const pause = 5 * time.Millisecond // between two checks

// Eventually returns once the check succeeds, and ends the test when it has not within the timeout. Tests wait for
// conditions, never for a time: no other file of the tests sleeps (tests/config/test_waits.py).
func Eventually(t testing.TB, check func() bool, timeout time.Duration, what string) {
	t.Helper()
	for deadline := time.Now().Add(timeout); !check(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, timeout)
		}
	}
}

// delay is the latency of a simulated slow peer. It ends early when the caller gives up.
func delay(ctx context.Context, latency time.Duration) {
	select {
	case <-time.After(latency):
	case <-ctx.Done():
	}
}
