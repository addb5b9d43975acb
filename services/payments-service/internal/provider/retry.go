package provider

import (
	"errors"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"webstore/payments-service/internal/payment"
)

// newRetry repeats what may pass, and shows each retry as span event and metric.
func newRetry(limits Limits, breaker *breaker) (retrypolicy.RetryPolicy[payment.Transaction], error) {
	counter, err := otel.Meter(scope).Int64Counter("payments_provider_retries",
		metric.WithUnit("{retry}"), metric.WithDescription("Repeated requests to the payment provider by their cause."))
	policy := retrypolicy.NewBuilder[payment.Transaction]().
		HandleIf(func(_ payment.Transaction, err error) bool { return isTransient(err) }).
		// An open breaker would refuse the retry: the pause before it would be in vain.
		AbortIf(func(payment.Transaction, error) bool { return breaker.policy.IsOpen() }).
		WithMaxRetries(limits.Retries).
		WithBackoff(limits.RetryDelay, maxRetryDelay).
		WithJitterFactor(retryJitter).
		ReturnLastFailure().
		OnRetry(func(event failsafe.ExecutionEvent[payment.Transaction]) {
			cause := attribute.String("error.type", string(payment.KindOf(event.LastError())))
			counter.Add(event.Context(), 1, metric.WithAttributes(cause))
			trace.SpanFromContext(event.Context()).AddEvent("provider.retry",
				trace.WithAttributes(cause, attribute.Int("retry.count", event.Retries())))
		}).
		Build()
	return policy, err
}

func isTransient(err error) bool {
	var classified *payment.Error
	return errors.As(err, &classified) && classified.Transient
}
