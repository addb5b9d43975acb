package provider

import (
	"context"
	"errors"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// rejections shows, as metric and span event, the calls that the service itself refused to make.
type rejections struct{ counter metric.Int64Counter }

func newRejections() (*rejections, error) {
	counter, err := otel.Meter(scope).Int64Counter("payments_provider_rejections",
		metric.WithUnit("{request}"), metric.WithDescription("Requests that were not sent to the payment provider, to spare it or this service."))
	return &rejections{counter}, err
}

func (r *rejections) report(ctx context.Context, err error) {
	switch {
	case errors.Is(err, circuitbreaker.ErrOpen):
		r.add(ctx, "circuit_open")
	case errors.Is(err, bulkhead.ErrFull):
		r.add(ctx, "pool_exhausted")
	}
}

func (r *rejections) add(ctx context.Context, reason string) {
	cause := attribute.String("reason", reason)
	r.counter.Add(ctx, 1, metric.WithAttributes(cause))
	trace.SpanFromContext(ctx).AddEvent("provider.rejected", trace.WithAttributes(cause))
}
