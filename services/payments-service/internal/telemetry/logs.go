package telemetry

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/trace"
)

// timestampFormat is RFC 3339 with milliseconds.
const timestampFormat = "2006-01-02T15:04:05.000Z07:00"

// NewStdoutHandler writes one JSON object a line, with the ids of the span in the context.
func NewStdoutHandler(out io.Writer, serviceName string, level slog.Level) slog.Handler {
	handler := slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: renameBuiltIn})
	return correlated{handler.WithAttrs([]slog.Attr{slog.String("service.name", serviceName)})}
}

// renameBuiltIn gives slog's own keys the names and forms that all services share.
func renameBuiltIn(_ []string, attribute slog.Attr) slog.Attr {
	switch attribute.Key {
	case slog.TimeKey:
		return slog.String("timestamp", attribute.Value.Time().UTC().Format(timestampFormat))
	case slog.LevelKey:
		return slog.String("level", strings.ToLower(attribute.Value.String()))
	case slog.MessageKey:
		return slog.String("message", attribute.Value.String())
	}
	return attribute
}

// correlated adds trace_id and span_id in front of a record's attributes.
type correlated struct{ slog.Handler }

func (h correlated) Handle(ctx context.Context, record slog.Record) error {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return h.Handler.Handle(ctx, record)
	}
	withSpan := slog.NewRecord(record.Time, record.Level, record.Message, record.PC)
	withSpan.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	record.Attrs(func(attribute slog.Attr) bool {
		withSpan.AddAttrs(attribute)
		return true
	})
	return h.Handler.Handle(ctx, withSpan)
}

func (h correlated) WithAttrs(attributes []slog.Attr) slog.Handler {
	return correlated{h.Handler.WithAttrs(attributes)}
}

func (h correlated) WithGroup(name string) slog.Handler {
	return correlated{h.Handler.WithGroup(name)}
}

// newOTLPHandler sends the same records to the collector; the SDK adds the ids of the span itself.
func newOTLPHandler(provider log.LoggerProvider, level slog.Level) slog.Handler {
	bridge := otelslog.NewHandler("webstore/payments-service", otelslog.WithLoggerProvider(provider))
	return levelled{bridge, level}
}

// levelled drops records below a level, which the bridge leaves to others.
type levelled struct {
	slog.Handler
	level slog.Level
}

func (h levelled) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.level
}

func (h levelled) WithAttrs(attributes []slog.Attr) slog.Handler {
	return levelled{h.Handler.WithAttrs(attributes), h.level}
}

func (h levelled) WithGroup(name string) slog.Handler {
	return levelled{h.Handler.WithGroup(name), h.level}
}
