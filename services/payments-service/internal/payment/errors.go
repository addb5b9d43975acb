package payment

import (
	"errors"
	"time"
)

// Kind classifies a payment that did not succeed. Its text is the name of the problem and the value of error.type.
type Kind string

const (
	// Declined is the provider's final refusal: nothing was charged.
	Declined Kind = "payment-declined"
	// Voided means that the key was voided before: nothing was charged.
	Voided Kind = "payment-voided"
	// KeyConflict means that the key belongs to a charge with another content.
	KeyConflict Kind = "idempotency-conflict"
	// NotFound means that the provider has never seen the key.
	NotFound Kind = "not-found"
	// ProviderFault is an internal error or an unusable answer of the provider: the outcome is unknown.
	ProviderFault Kind = "provider-fault"
	// ProviderUnreachable means that the request was never sent to the provider, so that it charged nothing.
	ProviderUnreachable Kind = "provider-unreachable"
	// ProviderUnavailable means that the provider takes no requests now, or broke off its answer: the outcome is unknown.
	ProviderUnavailable Kind = "provider-unavailable"
	// ProviderTimeout means that the provider did not answer in time: the outcome is unknown.
	ProviderTimeout Kind = "provider-timeout"
	// Cancelled means that the caller went away before the provider answered.
	Cancelled Kind = "request-cancelled"
)

// Error is the only error type of a [Provider] and of [Service].
type Error struct {
	Kind Kind
	// Reason is the provider's explanation of a decline, or what failed; it holds no personal data.
	Reason string
	// Transient failures may pass when the same call is repeated.
	Transient bool
	// RetryAfter is how long the provider wants to be left alone; 0 when it said nothing.
	RetryAfter time.Duration
}

func (e *Error) Error() string {
	return string(e.Kind) + ": " + e.Reason
}

// KindOf returns the kind of err, "" when err is not an [*Error].
func KindOf(err error) Kind {
	var classified *Error
	if errors.As(err, &classified) {
		return classified.Kind
	}
	return ""
}

// IsFailure tells a technical failure of the provider from a business outcome and from a caller that went away.
func IsFailure(err error) bool {
	switch KindOf(err) {
	case ProviderFault, ProviderUnreachable, ProviderUnavailable, ProviderTimeout:
		return true
	}
	return false
}
