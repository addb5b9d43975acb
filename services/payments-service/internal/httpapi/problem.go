package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/trace"

	"webstore/payments-service/internal/payment"
)

// problem is an error answer in the form of RFC 9457.
type problem struct {
	Type    string       `json:"type"`
	Title   string       `json:"title"`
	Status  int          `json:"status"`
	Detail  string       `json:"detail"`
	TraceID string       `json:"trace_id,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Errors  []fieldError `json:"errors,omitempty"`

	name       string
	retryAfter time.Duration
}

// fieldError says what is wrong with one field or header of the request.
type fieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Names of the problems that the payment service does not know; its own kinds are names too.
const (
	malformedRequest     = "malformed-request"
	validationFailed     = "validation-failed"
	payloadTooLarge      = "payload-too-large"
	unsupportedMediaType = "unsupported-media-type"
	notFound             = "not-found" // an unknown path, or an unknown key
	methodNotAllowed     = "method-not-allowed"
	internalError        = "internal-error"
)

// statusClientClosedRequest is nginx's code for a caller that went away. Nobody reads the answer, but metrics and spans show it,
// and it is not a server error.
const statusClientClosedRequest = 499

const (
	unknownOutcome = "The outcome is unknown: look the payment up before trying again."
	neverSent      = "The request was not sent to the provider: it charged nothing."
)

var problems = map[string]struct {
	status        int
	title, detail string
}{
	malformedRequest:     {http.StatusBadRequest, "Malformed request", "The body cannot be read as JSON."},
	validationFailed:     {http.StatusUnprocessableEntity, "Validation failed", "The request has invalid fields."},
	payloadTooLarge:      {http.StatusRequestEntityTooLarge, "Payload too large", "The body exceeds 16 KiB."},
	unsupportedMediaType: {http.StatusUnsupportedMediaType, "Unsupported media type", "The body must be application/json."},
	notFound:             {http.StatusNotFound, "Not found", "There is nothing at this path."},
	methodNotAllowed:     {http.StatusMethodNotAllowed, "Method not allowed", "The header Allow lists the methods of this path."},
	internalError:        {http.StatusInternalServerError, "Internal error", "The request failed unexpectedly."},

	string(payment.Declined):            {http.StatusPaymentRequired, "Payment declined", "Nothing was charged."},
	string(payment.Voided):              {http.StatusConflict, "Payment voided", "Nothing is ever charged under a voided key."},
	string(payment.KeyConflict):         {http.StatusUnprocessableEntity, "Idempotency conflict", "The key belongs to another payment."},
	string(payment.ProviderFault):       {http.StatusBadGateway, "Payment provider failed", unknownOutcome},
	string(payment.ProviderUnreachable): {http.StatusServiceUnavailable, "Payment provider unreachable", neverSent},
	string(payment.ProviderUnavailable): {http.StatusServiceUnavailable, "Payment provider unavailable", unknownOutcome},
	string(payment.ProviderTimeout):     {http.StatusGatewayTimeout, "Payment provider timed out", unknownOutcome},
	string(payment.Cancelled):           {statusClientClosedRequest, "Request cancelled", "The caller went away."},
}

func newProblem(name string) *problem {
	known := problems[name]
	return &problem{
		Type: "urn:webstore:problem:" + name, Title: known.title, Status: known.status, Detail: known.detail, name: name,
	}
}

func invalid(fields ...fieldError) *problem {
	p := newProblem(validationFailed)
	p.Errors = fields
	return p
}

func (p *problem) Error() string {
	return p.name + ": " + p.Detail
}

// toProblem finds the answer to an error; one that nobody foresaw is an internal error.
func toProblem(err error) *problem {
	var known *problem
	var failed *payment.Error
	switch {
	case errors.As(err, &known):
		return known
	case !errors.As(err, &failed):
		return newProblem(internalError)
	}
	p := newProblem(string(failed.Kind))
	p.retryAfter = failed.RetryAfter
	switch failed.Kind {
	case payment.Declined:
		p.Reason = failed.Reason
	case payment.NotFound:
		p.Detail = "The key was never charged."
	}
	return p
}

// retryAfter is how long the provider's circuit breaker stays open.
const retryAfter = 5 * time.Second

func writeProblem(w http.ResponseWriter, r *http.Request, p *problem) {
	if span := trace.SpanContextFromContext(r.Context()); span.HasTraceID() {
		p.TraceID = span.TraceID().String()
	}
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(int(max(p.retryAfter, retryAfter).Seconds())))
	}
	write(w, p.Status, "application/problem+json", p)
}

func write(w http.ResponseWriter, status int, contentType string, body any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	// The status is sent: a failure now means that the caller went away.
	_ = json.NewEncoder(w).Encode(body)
}
