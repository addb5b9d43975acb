package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"webstore/payments-service/internal/payment"
)

// maxBodyBytes bounds a request's body; a real one has less than 1 KiB.
const maxBodyBytes = 16 << 10

// processRequest is the body of a payment. Unknown fields are tolerated, so that callers may be newer.
type processRequest struct {
	UserID        string          `json:"user_id"`
	OrderID       string          `json:"order_id"`
	Amount        json.RawMessage `json:"amount"` // kept as text: a float would round
	Currency      string          `json:"currency"`
	Country       string          `json:"country"`
	PaymentMethod string          `json:"payment_method"`
}

// readCharge returns the validated charge in the body, or the [*problem] that says what is wrong with the request.
func readCharge(w http.ResponseWriter, r *http.Request) (payment.Charge, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return payment.Charge{}, newProblem(unsupportedMediaType)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil {
		return payment.Charge{}, bodyProblem(err)
	}
	var request processRequest
	if err := json.Unmarshal(body, &request); err != nil {
		return payment.Charge{}, bodyProblem(err)
	}
	return request.charge()
}

func bodyProblem(err error) *problem {
	var tooLarge *http.MaxBytesError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &tooLarge):
		return newProblem(payloadTooLarge)
	case !errors.As(err, &wrongType):
		return newProblem(malformedRequest)
	case wrongType.Field == "":
		return invalid(fieldError{"body", "must be an object"})
	}
	// All typed fields are strings; the amount is checked on its own.
	return invalid(fieldError{wrongType.Field, "must be a string"})
}

func (p processRequest) charge() (payment.Charge, error) {
	var errs fieldErrors
	amount := errs.amount("amount", p.Amount)
	errs.length("user_id", p.UserID, 1, 128)
	errs.length("order_id", p.OrderID, 0, 128)
	errs.length("country", p.Country, 1, 16)
	errs.oneOf("currency", p.Currency, payment.Currency)
	errs.oneOf("payment_method", p.PaymentMethod, payment.Methods...)
	if len(errs) > 0 {
		return payment.Charge{}, invalid(errs...)
	}
	return payment.Charge{
		UserID: p.UserID, OrderID: p.OrderID, Amount: amount,
		Currency: p.Currency, Country: p.Country, Method: p.PaymentMethod,
	}, nil
}

// fieldErrors collects everything that is wrong, so that the caller learns it at once.
type fieldErrors []fieldError

func (e *fieldErrors) add(field, message string) {
	*e = append(*e, fieldError{field, message})
}

func (e *fieldErrors) amount(field string, number json.RawMessage) payment.Cents {
	if number == nil {
		e.add(field, "is required")
		return 0
	}
	amount, err := payment.ParseCents(string(number))
	if err != nil {
		e.add(field, err.Error())
	}
	return amount
}

func (e *fieldErrors) length(field, value string, shortest, longest int) {
	if length := utf8.RuneCountInString(value); length < shortest || length > longest {
		e.add(field, fmt.Sprintf("must have %d to %d characters", shortest, longest))
	}
}

func (e *fieldErrors) oneOf(field, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		e.add(field, "must be one of: "+strings.Join(allowed, ", "))
	}
}
