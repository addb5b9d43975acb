package provider

import (
	"errors"
	"math/rand/v2"
	"time"

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
		WithDelayFunc(func(last failsafe.ExecutionAttempt[payment.Transaction]) time.Duration {
			return retryAfter(last.LastError()) + backoff(limits.RetryDelay, last.Retries())
		}).
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

// backoff doubles the delay with each retry, up to a second, and draws from half to one and a half of it: callers that failed
// together must not come back together.
func backoff(first time.Duration, retries int) time.Duration {
	delay := min(first<<retries, maxRetryDelay)
	return delay/2 + rand.N(delay)
}

func retryAfter(err error) time.Duration {
	var classified *payment.Error
	if errors.As(err, &classified) {
		return classified.RetryAfter
	}
	return 0
}

func isTransient(err error) bool {
	var classified *payment.Error
	return errors.As(err, &classified) && classified.Transient
}
