package provider

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"webstore/payments-service/internal/payment"
)

// maxRetryAfter is the longest pause that the provider may ask for within a call; after a longer one the caller may try again.
const maxRetryAfter = 2 * time.Second

// classify turns any error into an [*payment.Error]. Without a connection nothing can have reached the provider; connected says
// whether there was one: in the attempt or, at the end of a call, in any of its attempts.
func classify(err error, connected bool) error {
	if err == nil {
		return nil
	}
	failed := toFailure(err)
	switch {
	case !connected && payment.IsFailure(failed):
		failed.Kind = payment.ProviderUnreachable
	case connected && failed.Kind == payment.ProviderUnreachable:
		failed.Kind = payment.ProviderUnavailable
	}
	return failed
}

func toFailure(err error) *payment.Error {
	var classified *payment.Error
	switch {
	case errors.As(err, &classified):
		return classified
	case errors.Is(err, circuitbreaker.ErrOpen):
		return &payment.Error{Kind: payment.ProviderUnreachable, Reason: "circuit breaker open"}
	case errors.Is(err, bulkhead.ErrFull):
		return &payment.Error{Kind: payment.ProviderUnreachable, Reason: "too many requests at once"}
	case errors.Is(err, context.Canceled):
		return &payment.Error{Kind: payment.Cancelled, Reason: "caller went away"}
	case errors.Is(err, context.DeadlineExceeded):
		return &payment.Error{Kind: payment.ProviderTimeout, Reason: "no answer in time", Transient: true}
	}
	// Refused, reset and unknown hosts: the text has addresses, but nothing of the payment except its key.
	return &payment.Error{Kind: payment.ProviderUnavailable, Reason: err.Error(), Transient: true}
}

// withRetryAfter keeps the pause that the provider asks for. The header's other form, a date, is left to the usual pauses.
func withRetryAfter(err error, header http.Header) error {
	var failed *payment.Error
	seconds, malformed := strconv.ParseUint(header.Get("Retry-After"), 10, 16)
	if malformed != nil || !errors.As(err, &failed) || !failed.Transient {
		return err
	}
	failed.RetryAfter = time.Duration(seconds) * time.Second
	failed.Transient = failed.RetryAfter <= maxRetryAfter
	return failed
}
