package payment

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// labelledCountries are the values of the country label; everything else is `other`, which bounds the series.
var labelledCountries = []string{"US", "UK", "DE", "FR", "JP", "BR", "IN"}

func countryLabel(country string) string {
	if slices.Contains(labelledCountries, country) {
		return country
	}
	return "other"
}

type instruments struct {
	processed        metric.Int64Counter
	amount           metric.Float64Histogram
	providerDuration metric.Float64Histogram
}

func newInstruments(meter metric.Meter) (*instruments, error) {
	processed, processedErr := meter.Int64Counter("payments_processed",
		metric.WithUnit("{payment}"), metric.WithDescription("Payments by outcome."))
	amount, amountErr := meter.Float64Histogram("payment_amount_usd",
		metric.WithUnit("{USD}"), metric.WithDescription("Amounts of successful payments."))
	providerDuration, durationErr := meter.Float64Histogram("external_payment_provider_duration",
		metric.WithUnit("s"), metric.WithDescription("Time a charge takes at the payment provider, retries included."))
	return &instruments{processed, amount, providerDuration}, errors.Join(processedErr, amountErr, durationErr)
}

func (i *instruments) record(ctx context.Context, charge Charge, err error, elapsed time.Duration) {
	if KindOf(err) == Cancelled {
		return // without an answer there is no outcome to count
	}
	country := attribute.String("country", countryLabel(charge.Country))
	method := attribute.String("payment_method", charge.Method)
	status := attribute.String("status", outcome(err))
	i.processed.Add(ctx, 1, metric.WithAttributes(country, method, status))
	i.providerDuration.Record(ctx, elapsed.Seconds(), metric.WithAttributes(country, status))
	if err == nil {
		i.amount.Record(ctx, charge.Amount.Units(), metric.WithAttributes(country, method))
	}
}

// outcome is the status of a payment in telemetry. Every refusal counts as declined: nothing was charged and nothing is
// broken. A charge ends as success, declined, error or timeout.
func outcome(err error) string {
	switch KindOf(err) {
	case ProviderTimeout:
		return "timeout"
	case Declined, Voided, KeyConflict:
		return "declined"
	case NotFound:
		return "not_found"
	case Cancelled:
		return "cancelled"
	}
	if err != nil {
		return "error"
	}
	return "success"
}
