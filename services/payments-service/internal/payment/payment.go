// Package payment holds the rules of a payment: what may be charged, how it can end, and how each end is reported.
package payment

import (
	"context"
	"time"
)

// Currency is the only one accepted (ISO 4217).
const Currency = "USD"

// Methods are the accepted values of a charge's payment method.
var Methods = []string{"credit_card", "debit_card", "paypal"}

// Charge is a validated request for money.
type Charge struct {
	UserID   string
	OrderID  string // optional
	Amount   Cents
	Currency string
	Country  string
	Method   string
}

// Status says what became of a transaction.
type Status string

// The states of a transaction at the provider.
const (
	StatusSuccess  Status = "success"
	StatusDeclined Status = "declined"
	StatusRefunded Status = "refunded"
	StatusVoided   Status = "voided"
)

// Transaction is the provider's record of a charge. A key that was voided before any charge has only a status.
type Transaction struct {
	ID          string    `json:"transaction_id,omitempty"`
	Status      Status    `json:"status"`
	Amount      Cents     `json:"amount,omitzero"`
	Currency    string    `json:"currency,omitempty"`
	ProcessedAt time.Time `json:"processed_at,omitzero"`
}

// Provider charges cards. It remembers each result under its idempotency key and is the source of truth.
// Every error it returns is an [*Error].
type Provider interface {
	// Charge takes the money, once a key, however often it is asked.
	Charge(ctx context.Context, key string, charge Charge) (Transaction, error)
	// Lookup returns what became of a key; [NotFound] means that it was never charged.
	Lookup(ctx context.Context, key string) (Transaction, error)
	// Void makes sure that nothing is charged under a key, ever: it refunds a charge and blocks an unseen key.
	Void(ctx context.Context, key string) (Transaction, error)
}
