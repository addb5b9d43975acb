package provider

import (
	"context"
	"errors"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"webstore/payments-service/internal/payment"
)

// newBulkhead bounds the calls at once, and shows how many there are and may be: a provider that answers slowly must not fill
// the service with callers that wait.
func newBulkhead(limits Limits) (bulkhead.Bulkhead[payment.Transaction], error) {
	meter := otel.Meter(scope)
	active, activeErr := meter.Int64UpDownCounter("payments_provider_active_requests",
		metric.WithUnit("{request}"), metric.WithDescription("Requests to the payment provider that are under way, with their retries."))
	_, limitErr := meter.Int64ObservableGauge("payments_provider_request_limit",
		metric.WithUnit("{request}"), metric.WithDescription("Most requests to the payment provider at once."),
		metric.WithInt64Callback(func(_ context.Context, observer metric.Int64Observer) error {
			observer.Observe(int64(limits.Requests))
			return nil
		}))
	policy := bulkhead.NewBuilder[payment.Transaction](limits.Requests).
		WithMaxWaitTime(limits.RequestWait).
		OnAcquired(func(event failsafe.ExecutionEvent[payment.Transaction]) { active.Add(event.Context(), 1) }).
		OnReleased(func(event failsafe.ExecutionEvent[payment.Transaction]) { active.Add(event.Context(), -1) }).
		Build()
	return policy, errors.Join(activeErr, limitErr)
}
