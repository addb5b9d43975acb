package telemetry

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// failureInterval is the least time between two log lines about failed exports: one says enough, and a backend that is down
// would fail several exports a second.
const failureInterval = time.Minute

// failureLog logs, sparsely, that telemetry cannot be delivered. It serves the OpenTelemetry SDK and the profiler.
type failureLog struct {
	logger *slog.Logger
	last   atomic.Int64 // Unix nanoseconds
}

func newFailureLog(logger *slog.Logger) *failureLog {
	return &failureLog{logger: logger}
}

// Handle implements otel.ErrorHandler.
func (f *failureLog) Handle(err error) {
	now, last := time.Now().UnixNano(), f.last.Load()
	if now-last < failureInterval.Nanoseconds() || !f.last.CompareAndSwap(last, now) {
		return
	}
	f.logger.Warn("telemetry cannot be delivered", "event.name", "telemetry.export_failed", "exception.message", err.Error())
}

// Errorf implements pyroscope.Logger.
func (f *failureLog) Errorf(format string, arguments ...any) {
	f.Handle(fmt.Errorf(format, arguments...))
}

// Infof implements pyroscope.Logger; the profiler's chatter is of no use.
func (*failureLog) Infof(string, ...any) {}

// Debugf implements pyroscope.Logger.
func (*failureLog) Debugf(string, ...any) {}
