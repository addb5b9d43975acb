package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"webstore/payments-service/internal/telemetry"
)

// Telemetry records what the code under test emits.
type Telemetry struct {
	Logger *slog.Logger

	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
	output lockedBuffer
}

// RecordTelemetry installs global providers: tests that use it must not run in parallel.
func RecordTelemetry(t testing.TB) *Telemetry {
	t.Helper()
	recorded := &Telemetry{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	recorded.Logger = slog.New(telemetry.NewStdoutHandler(&recorded.output, "payments-service", slog.LevelInfo))
	tracerProvider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(recorded.spans))
	meterProvider := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(recorded.reader), sdkmetric.WithView(telemetry.Views()...))
	otel.SetTracerProvider(tracerProvider)
	otel.SetMeterProvider(meterProvider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	t.Cleanup(func() {
		_ = tracerProvider.Shutdown(context.Background())
		_ = meterProvider.Shutdown(context.Background())
	})
	return recorded
}

// Spans returns the ended spans by name, in the order of their ends.
func (r *Telemetry) Spans() map[string][]tracetest.SpanStub {
	spans := map[string][]tracetest.SpanStub{}
	for _, span := range r.spans.GetSpans() {
		spans[span.Name] = append(spans[span.Name], span)
	}
	return spans
}

// Metrics collects all metrics by instrument name.
func (r *Telemetry) Metrics(t testing.TB) map[string]metricdata.Metrics {
	t.Helper()
	var collected metricdata.ResourceMetrics
	if err := r.reader.Collect(context.Background(), &collected); err != nil {
		t.Fatal(err)
	}
	metrics := map[string]metricdata.Metrics{}
	for _, scope := range collected.ScopeMetrics {
		for _, metric := range scope.Metrics {
			metrics[metric.Name] = metric
		}
	}
	return metrics
}

// LogLines returns the JSON lines written so far.
func (r *Telemetry) LogLines(t testing.TB) []map[string]any {
	t.Helper()
	return ParseLines(t, r.output.String())
}

// ParseLines decodes JSON lines, and fails when one is not JSON.
func ParseLines(t testing.TB, output string) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for text := range strings.Lines(output) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(text)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
