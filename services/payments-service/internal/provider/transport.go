package provider

import (
	"context"
	"net/http"
	"slices"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// businessAnswers are declines, voided keys, conflicts and unknown keys: no faults of the provider.
var businessAnswers = []int{
	http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity,
}

// newHTTPClient makes the client with a pool of so many connections; each request through it is one client span.
func newHTTPClient(connections uint) *http.Client {
	pool := http.DefaultTransport.(*http.Transport).Clone()
	pool.MaxConnsPerHost = int(connections)
	// All stay open between bursts: the defaults would close most and open new ones all the time.
	pool.MaxIdleConns, pool.MaxIdleConnsPerHost = int(connections), int(connections)
	instrumented := otelhttp.NewTransport(annotator{pool},
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string {
			return r.Method + " " + attemptIn(r.Context()).route
		}),
		otelhttp.WithSpanOptions(trace.WithAttributes(
			// Tempo's service graph reads this name, not yet the newer service.peer.name.
			attribute.String("peer.service", "payment-provider"),
		)),
	)
	return &http.Client{
		Transport: instrumented,
		// A redirect could turn a POST into a GET; it counts as an unexpected answer instead.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// attempt travels in the context of a request, to name and describe its client span.
type attempt struct {
	route   string
	retries int
}

type attemptKey struct{}

func withAttempt(ctx context.Context, current attempt) context.Context {
	return context.WithValue(ctx, attemptKey{}, current)
}

func attemptIn(ctx context.Context) attempt {
	current, _ := ctx.Value(attemptKey{}).(attempt)
	return current
}

// annotator adds to the client span what otelhttp does not know.
type annotator struct{ http.RoundTripper }

func (a annotator) RoundTrip(r *http.Request) (*http.Response, error) {
	current := attemptIn(r.Context())
	span := trace.SpanFromContext(r.Context())
	span.SetAttributes(semconv.URLTemplate(current.route))
	if current.retries > 0 {
		span.SetAttributes(semconv.HTTPRequestResendCount(current.retries))
	}
	response, err := a.RoundTripper.RoundTrip(r)
	if err == nil && slices.Contains(businessAnswers, response.StatusCode) {
		span.SetStatus(codes.Ok, "") // final: otelhttp would make every 4xx an error
	}
	return response, err
}
