// Package telemetry sets up traces, metrics, logs and profiles. Nothing in it can slow down or fail a request: signals wait in
// bounded queues, are exported in the background, and are dropped when the collector stays away for longer than the queues can hold.
package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"os"

	otelpyroscope "github.com/grafana/otel-profiling-go"
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"webstore/payments-service/internal/config"
)

// Telemetry is what Start has started.
type Telemetry struct {
	Logger *slog.Logger
	stops  []func(context.Context) error
}

// Start installs the global providers and returns the logger. It fails on an unusable configuration, never because a backend is
// away. With cfg.SDKDisabled only the logger on stdout and the propagation of the caller's context remain.
func Start(ctx context.Context, cfg config.Config) (*Telemetry, error) {
	stdout := NewStdoutHandler(os.Stdout, cfg.ServiceName, cfg.LogLevel)
	t := &Telemetry{Logger: slog.New(stdout)}
	failures := newFailureLog(t.Logger) // on stdout alone: the way to the collector is what fails
	otel.SetErrorHandler(failures)
	// No baggage: what callers put there would go on to a third party.
	otel.SetTextMapPropagator(propagation.TraceContext{})

	if cfg.SDKDisabled {
		return t, nil
	}
	res, err := newResource(ctx, cfg)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		t.startTraces(ctx, cfg, res),
		t.startMetrics(ctx, cfg, res),
		t.startLogs(ctx, cfg, res, stdout),
		t.startProfiles(cfg, failures),
	)
	return t, err
}

func (t *Telemetry) startTraces(ctx context.Context, cfg config.Config, res *resource.Resource) error {
	exporter, err := otlptracegrpc.New(ctx,
		otlptracegrpc.WithEndpointURL(cfg.OTLPEndpoint), otlptracegrpc.WithTimeout(exportTimeout),
		otlptracegrpc.WithDialOption(reconnectSoon))
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(res),
		sdktrace.WithBatcher(patientSpanExporter{exporter}, sdktrace.WithExportTimeout(exportPatience)))
	t.stops = append(t.stops, provider.Shutdown)
	var global trace.TracerProvider = provider
	if cfg.PyroscopeAddress != "" {
		// Marks local root spans with pyroscope.profile.id and the samples taken within them with the span's id.
		global = otelpyroscope.NewTracerProvider(provider)
	}
	otel.SetTracerProvider(global)
	return nil
}

func (t *Telemetry) startMetrics(ctx context.Context, cfg config.Config, res *resource.Resource) error {
	exporter, err := otlpmetricgrpc.New(ctx,
		otlpmetricgrpc.WithEndpointURL(cfg.OTLPEndpoint), otlpmetricgrpc.WithTimeout(exportTimeout))
	if err != nil {
		return err
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)),
		sdkmetric.WithResource(res), sdkmetric.WithView(Views()...))
	t.stops = append(t.stops, provider.Shutdown)
	otel.SetMeterProvider(provider)
	return runtime.Start()
}

func (t *Telemetry) startLogs(ctx context.Context, cfg config.Config, res *resource.Resource, stdout slog.Handler) error {
	exporter, err := otlploggrpc.New(ctx,
		otlploggrpc.WithEndpointURL(cfg.OTLPEndpoint), otlploggrpc.WithTimeout(exportTimeout),
		otlploggrpc.WithDialOption(reconnectSoon))
	if err != nil {
		return err
	}
	processor := sdklog.NewBatchProcessor(patientLogExporter{exporter}, sdklog.WithExportTimeout(exportPatience))
	provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(processor), sdklog.WithResource(res))
	t.stops = append(t.stops, provider.Shutdown)
	t.Logger = slog.New(slog.NewMultiHandler(stdout, newOTLPHandler(provider, cfg.LogLevel)))
	return nil
}

// Shutdown flushes all signals side by side and returns when all are done or when ctx ends.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	results := make(chan error, len(t.stops))
	for _, stop := range t.stops {
		go func() { results <- stop(ctx) }()
	}
	var failed error
	for range t.stops {
		select {
		case err := <-results:
			failed = errors.Join(failed, err)
		case <-ctx.Done():
			return errors.Join(failed, ctx.Err())
		}
	}
	return failed
}
