package payment

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

const scope = "webstore/payments-service/payment"

// Service processes, looks up and voids payments. It keeps no state.
type Service struct {
	provider    Provider
	logger      *slog.Logger
	tracer      trace.Tracer
	instruments *instruments
}

// NewService uses the global tracer and meter providers. It fails when an instrument cannot be made.
func NewService(provider Provider, logger *slog.Logger) (*Service, error) {
	instruments, err := newInstruments(otel.Meter(scope))
	return &Service{provider, logger, otel.Tracer(scope), instruments}, err
}

// Process charges the amount under the key. Its errors are those of [Provider].
func (s *Service) Process(ctx context.Context, key string, charge Charge) (Transaction, error) {
	return s.observe(ctx, processing, key, charge.attributes(), func(ctx context.Context) (Transaction, error) {
		start := time.Now()
		transaction, err := s.provider.Charge(ctx, key, charge)
		s.instruments.record(ctx, charge, err, time.Since(start))
		return transaction, err
	})
}

// Lookup returns what became of the key. Its errors are those of [Provider].
func (s *Service) Lookup(ctx context.Context, key string) (Transaction, error) {
	return s.observe(ctx, lookup, key, nil, func(ctx context.Context) (Transaction, error) {
		return s.provider.Lookup(ctx, key)
	})
}

// Void makes sure that nothing is charged under the key, ever. Its errors are those of [Provider].
func (s *Service) Void(ctx context.Context, key string) (Transaction, error) {
	return s.observe(ctx, voiding, key, nil, func(ctx context.Context) (Transaction, error) {
		return s.provider.Void(ctx, key)
	})
}

func (c Charge) attributes() []attribute.KeyValue {
	return nonEmpty(
		attribute.String("user.id", c.UserID),
		attribute.String("order.id", c.OrderID),
		attribute.String("country", countryLabel(c.Country)),
		attribute.String("payment.method", c.Method),
		attribute.Float64("payment.amount", c.Amount.Units()),
		attribute.String("payment.currency", c.Currency),
	)
}
