package payment

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
)

// Cents is an amount of money in whole cents; integers keep comparisons and sums exact.
type Cents int64

// MaxAmount is the largest amount of one payment: 1,000,000.00.
const MaxAmount Cents = 1_000_000_00

var (
	errNotANumber      = errors.New("must be a number")
	errNotPositive     = errors.New("must be greater than 0")
	errTooLarge        = fmt.Errorf("must be at most %s", MaxAmount)
	errTooManyDecimals = errors.New("must have at most two decimals")
)

var centsPerUnit = big.NewRat(100, 1)

// ParseCents converts the text of a JSON number, such as "12.5" or "1e2", without rounding. It fails unless the number is
// positive, at most [MaxAmount] and has at most two decimals; the error is a sentence's end, fit for a field's message.
func ParseCents(number string) (Cents, error) {
	// The approximation bounds the exponent first: an exact 1e999999 would be a number of a million digits.
	approximation, err := strconv.ParseFloat(number, 64)
	switch {
	case errors.Is(err, strconv.ErrSyntax):
		return 0, errNotANumber
	case approximation <= 0:
		return 0, errNotPositive
	case approximation > MaxAmount.Units():
		return 0, errTooLarge
	}
	exact, ok := new(big.Rat).SetString(number)
	if !ok {
		return 0, errNotANumber
	}
	if exact.Mul(exact, centsPerUnit); !exact.IsInt() {
		return 0, errTooManyDecimals
	}
	return Cents(exact.Num().Int64()), nil
}

// Units is the amount in whole currency units, for telemetry only.
func (c Cents) Units() float64 {
	return float64(c) / 100
}

// String is the amount with two decimals, such as "12.50".
func (c Cents) String() string {
	return fmt.Sprintf("%d.%02d", c/100, c%100)
}

// MarshalJSON writes a JSON number with two decimals.
func (c Cents) MarshalJSON() ([]byte, error) {
	return []byte(c.String()), nil
}

// UnmarshalJSON reads a JSON number as [ParseCents] does; null leaves the amount as it is.
func (c *Cents) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	cents, err := ParseCents(string(text))
	if err != nil {
		return fmt.Errorf("amount %w", err)
	}
	*c = cents
	return nil
}
