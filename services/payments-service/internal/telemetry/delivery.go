package telemetry

import (
	"context"
	"time"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

const (
	// exportTimeout bounds one attempt.
	exportTimeout = 3 * time.Second
	// exportPause is the wait before the next attempt.
	exportPause = time.Second
	// exportPatience is how long a batch is tried: one that is refused for this long is refused for what is in it, and must not
	// hold up those behind it.
	exportPatience = 10 * time.Minute
)

// reconnectSoon bounds gRPC's own waits, which grow to two minutes and in which every export fails without being tried.
var reconnectSoon = grpc.WithConnectParams(grpc.ConnectParams{
	Backoff: backoff.Config{
		BaseDelay: time.Second, Multiplier: backoff.DefaultConfig.Multiplier, Jitter: backoff.DefaultConfig.Jitter, MaxDelay: 2 * time.Second,
	},
	MinConnectTimeout: exportTimeout,
})

// patientSpanExporter keeps a batch until the collector takes it. What comes meanwhile waits in the processor's queue.
type patientSpanExporter struct{ sdktrace.SpanExporter }

func (e patientSpanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	return untilTaken(ctx, func() error { return e.SpanExporter.ExportSpans(ctx, spans) })
}

// patientLogExporter is the same for log records.
type patientLogExporter struct{ sdklog.Exporter }

func (e patientLogExporter) Export(ctx context.Context, records []sdklog.Record) error {
	return untilTaken(ctx, func() error { return e.Exporter.Export(ctx, records) })
}

func untilTaken(ctx context.Context, export func() error) error {
	for {
		err := export()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(exportPause):
		}
	}
}
