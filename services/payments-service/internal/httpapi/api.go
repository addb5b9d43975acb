// Package httpapi is the HTTP interface of the service: routes, validation, problem documents and the server's limits.
package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"webstore/payments-service/internal/payment"
)

type api struct {
	payments   *payment.Service
	logger     *slog.Logger
	instrument func(http.Handler) http.Handler
}

// handler answers a request, or returns the error that becomes its problem document.
type handler func(http.ResponseWriter, *http.Request) error

// NewHandler serves the whole interface. serverName ("host:port") is what telemetry reports as server.address and server.port:
// taken from the Host header, they would let any caller make new series. It uses the global tracer and meter providers.
func NewHandler(payments *payment.Service, logger *slog.Logger, serverName string) http.Handler {
	a := &api{payments, logger, otelhttp.NewMiddleware("", otelhttp.WithServerName(serverName))}
	mux := http.NewServeMux()
	for pattern, handler := range a.routes() {
		mux.Handle(pattern, handler)
	}
	return a.withFallback(mux)
}

// routes wraps each handler on its own, inside the mux: there the pattern is known when the span starts, which gives the span
// its name and http.route. Health checks stay without telemetry.
func (a *api) routes() map[string]http.Handler {
	return map[string]http.Handler{
		"GET /health":                   http.HandlerFunc(health),
		"GET /openapi.json":             a.observed(openAPI),
		"POST /api/payments/process":    a.observed(a.process),
		"GET /api/payments/{key}":       a.observed(a.lookup),
		"POST /api/payments/{key}/void": a.observed(a.void),
	}
}

// observed gives a handler its span and metrics, and turns its errors and panics into problem documents.
func (a *api) observed(next handler) http.Handler {
	return a.instrument(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer a.recoverPanic(w, r)
		if err := next(w, r); err != nil {
			a.refuse(w, r, err)
		}
	}))
}

// refuse writes the problem. What the payment service has not logged gets its line here.
func (a *api) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := toProblem(err)
	if payment.KindOf(err) == "" {
		a.logger.InfoContext(r.Context(), "request rejected", "event.name", "request.rejected",
			"error.type", p.name, "http.response.status_code", p.Status, "http.request.method", r.Method)
	}
	writeProblem(w, r, p)
}

// recoverPanic runs inside the instrumentation, which thereby counts a panic as 500. The panic's text is not logged: it may hold
// data of the request.
func (a *api) recoverPanic(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("error.type", "panic"))
	a.logger.ErrorContext(r.Context(), "handler panicked", "event.name", "request.crashed",
		"error.type", "panic", "exception.type", fmt.Sprintf("%T", cause), "exception.stacktrace", string(debug.Stack()))
	writeProblem(w, r, newProblem(internalError))
}

// withFallback answers what no route matches.
func (a *api) withFallback(mux *http.ServeMux) http.Handler {
	unmatched := a.observed(func(w http.ResponseWriter, r *http.Request) error {
		refusal, _ := mux.Handler(r)
		allow := allowedMethods(refusal, r)
		if allow == "" {
			return newProblem(notFound)
		}
		w.Header().Set("Allow", allow)
		return newProblem(methodNotAllowed)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern == "" {
			unmatched.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// allowedMethods asks the mux's own refusal, which knows whether the path or the method is wrong but says so in plain text.
func allowedMethods(refusal http.Handler, r *http.Request) string {
	answer := headerOnly{}
	refusal.ServeHTTP(answer, r)
	return http.Header(answer).Get("Allow")
}

// headerOnly is a ResponseWriter that keeps nothing but the header.
type headerOnly http.Header

func (h headerOnly) Header() http.Header            { return http.Header(h) }
func (h headerOnly) Write(body []byte) (int, error) { return len(body), nil }
func (h headerOnly) WriteHeader(int)                {}
