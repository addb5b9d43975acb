package httpapi

import (
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"net/http"
	"regexp"

	"webstore/payments-service/internal/payment"
)

//go:embed openapi.json
var openAPIDocument json.RawMessage

func health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]string{"status": "healthy"})
}

func openAPI(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, openAPIDocument)
	return nil
}

func (a *api) process(w http.ResponseWriter, r *http.Request) error {
	key, err := headerKey(r)
	if err != nil {
		return err
	}
	charge, err := readCharge(w, r)
	if err != nil {
		return err
	}
	transaction, err := a.payments.Process(r.Context(), key, charge)
	return answer(w, transaction, err)
}

func (a *api) lookup(w http.ResponseWriter, r *http.Request) error {
	key, err := checkedKey("key", r.PathValue("key"))
	if err != nil {
		return err
	}
	transaction, err := a.payments.Lookup(r.Context(), key)
	return answer(w, transaction, err)
}

func (a *api) void(w http.ResponseWriter, r *http.Request) error {
	key, err := checkedKey("key", r.PathValue("key"))
	if err != nil {
		return err
	}
	transaction, err := a.payments.Void(r.Context(), key)
	return answer(w, transaction, err)
}

// headerKey returns the caller's idempotency key, or a random one when it gave none.
func headerKey(r *http.Request) (string, error) {
	const header = "Idempotency-Key"
	if _, given := r.Header[header]; !given {
		return rand.Text(), nil
	}
	return checkedKey(header, r.Header.Get(header))
}

// visibleASCII is what an idempotency key may be.
var visibleASCII = regexp.MustCompile(`^[!-~]{1,255}$`)

func checkedKey(field, key string) (string, error) {
	if !visibleASCII.MatchString(key) {
		return "", invalid(fieldError{field, "must have 1 to 255 visible ASCII characters"})
	}
	return key, nil
}

// answer writes the transaction, or passes the error on.
func answer(w http.ResponseWriter, transaction payment.Transaction, err error) error {
	if err == nil {
		writeJSON(w, transaction)
	}
	return err
}

func writeJSON(w http.ResponseWriter, body any) {
	write(w, http.StatusOK, "application/json", body)
}
