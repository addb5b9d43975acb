package payment

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// operation names one use of the provider in telemetry.
type operation struct {
	spanName string
	success  event
}

// event is how an operation ended, as log line and span event.
type event struct {
	name    string
	message string
	level   slog.Level
}

var (
	processing = operation{"process_payment", event{"payment.processed", "payment processed", slog.LevelInfo}}
	lookup     = operation{"lookup_payment", event{"payment.looked_up", "payment looked up", slog.LevelInfo}}
	voiding    = operation{"void_payment", event{"payment.voided", "payment voided", slog.LevelInfo}}

	declined  = event{"payment.declined", "payment declined", slog.LevelInfo}
	refused   = event{"payment.refused", "payment refused", slog.LevelInfo}
	notFound  = event{"payment.not_found", "payment not found", slog.LevelInfo}
	abandoned = event{"payment.abandoned", "caller went away", slog.LevelInfo}
	failed    = event{"payment.failed", "payment provider failed", slog.LevelError}
)

func (o operation) end(err error) event {
	switch KindOf(err) {
	case Declined:
		return declined
	case Voided, KeyConflict:
		return refused
	case NotFound:
		return notFound
	case Cancelled:
		return abandoned
	}
	if err != nil {
		return failed
	}
	return o.success
}

// observe runs one operation in a span, and writes the one log line that says how it ended.
func (s *Service) observe(ctx context.Context, op operation, key string, input []attribute.KeyValue,
	call func(context.Context) (Transaction, error)) (Transaction, error) {
	input = append(input, attribute.String("payment.idempotency_key", key))
	ctx, span := s.tracer.Start(ctx, op.spanName, trace.WithAttributes(input...))
	defer span.End()

	start := time.Now()
	transaction, err := call(ctx)
	elapsed := time.Since(start)

	end, result := op.end(err), resultAttributes(transaction, err)
	markSpan(span, end, result, err)
	line := []slog.Attr{
		slog.String("event.name", end.name),
		slog.String("payment.operation", op.spanName),
		slog.Float64("duration", elapsed.Seconds()),
	}
	s.logger.LogAttrs(ctx, end.level, end.message, append(line, logAttributes(input, result)...)...)
	return transaction, err
}

// markSpan makes only failures of the provider errors of the span; a business outcome is an event.
func markSpan(span trace.Span, end event, result []attribute.KeyValue, err error) {
	span.SetAttributes(result...)
	if IsFailure(err) {
		span.SetStatus(codes.Error, err.Error())
		return
	}
	span.AddEvent(end.name)
}

func resultAttributes(transaction Transaction, err error) []attribute.KeyValue {
	var classified *Error
	if !errors.As(err, &classified) {
		return nonEmpty(
			attribute.String("payment.status", string(transaction.Status)),
			attribute.String("payment.transaction_id", transaction.ID),
		)
	}
	result := []attribute.KeyValue{
		attribute.String("payment.status", outcome(err)),
		attribute.String("payment.reason", classified.Reason),
	}
	if IsFailure(err) {
		result = append(result, attribute.String("error.type", string(classified.Kind)))
	}
	return result
}

func nonEmpty(attributes ...attribute.KeyValue) []attribute.KeyValue {
	return slices.DeleteFunc(attributes, func(kv attribute.KeyValue) bool { return kv.Value.String() == "" })
}

func logAttributes(groups ...[]attribute.KeyValue) []slog.Attr {
	var attributes []slog.Attr
	for _, kv := range slices.Concat(groups...) {
		attributes = append(attributes, slog.Any(string(kv.Key), kv.Value.AsInterface()))
	}
	return attributes
}
