package provider

import (
	"context"
	"log/slog"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"webstore/payments-service/internal/payment"
)

var breakerStates = []circuitbreaker.State{
	circuitbreaker.ClosedState, circuitbreaker.HalfOpenState, circuitbreaker.OpenState,
}

// breaker stops asking a provider that is down, and shows its state as metric and each change as span event and log line.
type breaker struct {
	policy  circuitbreaker.CircuitBreaker[payment.Transaction]
	logger  *slog.Logger
	changes chan circuitbreaker.StateChangedEvent
}

func newBreaker(limits Limits, logger *slog.Logger) (*breaker, error) {
	b := &breaker{logger: logger, changes: make(chan circuitbreaker.StateChangedEvent, len(breakerStates))}
	b.policy = circuitbreaker.NewBuilder[payment.Transaction]().
		HandleIf(func(_ payment.Transaction, err error) bool { return payment.IsFailure(err) }).
		WithFailureRateThreshold(breakerFailureRate, limits.BreakerCalls, limits.BreakerWindow).
		WithDelay(limits.BreakerDelay).
		WithSuccessThreshold(breakerTrials).
		OnStateChanged(b.queueChange).
		Build()
	_, err := otel.Meter(scope).Int64ObservableGauge("payments_provider_circuit_breaker_state",
		metric.WithDescription("1 for the state that the payment provider's circuit breaker is in, 0 for the others."),
		metric.WithInt64Callback(b.observeState))
	return b, err
}

func (b *breaker) observeState(_ context.Context, observer metric.Int64Observer) error {
	current := b.policy.State()
	for _, state := range breakerStates {
		var value int64
		if state == current {
			value = 1
		}
		observer.Observe(value, metric.WithAttributes(attribute.String("state", state.String())))
	}
	return nil
}

// queueChange keeps a change for the request that caused it: the breaker passes no context when it closes or half-opens. It
// runs within that request, which reports at its end, so that the queue does not fill.
func (b *breaker) queueChange(change circuitbreaker.StateChangedEvent) {
	select {
	case b.changes <- change:
	default:
	}
}

func (b *breaker) reportChanges(ctx context.Context) {
	for {
		select {
		case change := <-b.changes:
			b.reportChange(ctx, change.OldState.String(), change.NewState.String())
		default:
			return
		}
	}
}

func (b *breaker) reportChange(ctx context.Context, from, to string) {
	const event, oldState, newState = "provider.circuit_breaker.state_changed", "circuit_breaker.old_state", "circuit_breaker.state"
	trace.SpanFromContext(ctx).AddEvent(event,
		trace.WithAttributes(attribute.String(oldState, from), attribute.String(newState, to)))
	b.logger.WarnContext(ctx, "circuit breaker of the payment provider changed its state",
		"event.name", event, oldState, from, newState, to)
}
