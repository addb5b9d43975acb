package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"webstore/payments-service/internal/payment"
)

// interpreter turns the provider's answer into a transaction or an [*payment.Error].
type interpreter func(statusCode int, body []byte) (payment.Transaction, error)

// refusal is the body of an answer that is not 200: the provider's own form, or a problem document.
type refusal struct {
	Error  string `json:"error"`
	Status any    `json:"status"` // a word in the provider's own form, a number in a problem document
	Type   string `json:"type"`
}

func chargeAnswer(statusCode int, body []byte) (payment.Transaction, error) {
	var refused refusal
	if statusCode != http.StatusOK {
		// A body that is not JSON leaves refused empty, and then the status code alone decides.
		_ = json.Unmarshal(body, &refused)
	}
	switch statusCode {
	case http.StatusOK:
		return transaction(body, payment.StatusSuccess)
	case http.StatusBadRequest, http.StatusNotFound:
		// Without the word it is not the provider that speaks but, for example, a wrong address.
		if refused.Status == "failed" {
			return payment.Transaction{}, &payment.Error{Kind: payment.Declined, Reason: refused.Error}
		}
	case http.StatusConflict:
		return payment.Transaction{}, &payment.Error{Kind: payment.Voided, Reason: "the key was voided"}
	case http.StatusUnprocessableEntity:
		if refused.Type == "urn:webstore:problem:idempotency-conflict" {
			return payment.Transaction{}, &payment.Error{Kind: payment.KeyConflict, Reason: "the key belongs to another charge"}
		}
	}
	return payment.Transaction{}, failure(statusCode)
}

func lookupAnswer(statusCode int, body []byte) (payment.Transaction, error) {
	switch statusCode {
	case http.StatusOK:
		return transaction(body, payment.StatusSuccess, payment.StatusDeclined, payment.StatusRefunded, payment.StatusVoided)
	case http.StatusNotFound:
		return payment.Transaction{}, &payment.Error{Kind: payment.NotFound, Reason: "the key was never charged"}
	}
	return payment.Transaction{}, failure(statusCode)
}

func voidAnswer(statusCode int, body []byte) (payment.Transaction, error) {
	if statusCode == http.StatusOK {
		return transaction(body, payment.StatusRefunded, payment.StatusVoided)
	}
	return payment.Transaction{}, failure(statusCode)
}

func transaction(body []byte, expected ...payment.Status) (payment.Transaction, error) {
	var found payment.Transaction
	if err := json.Unmarshal(body, &found); err != nil || !slices.Contains(expected, found.Status) {
		return payment.Transaction{}, &payment.Error{Kind: payment.ProviderFault, Reason: "unusable answer"}
	}
	return found, nil
}

func failure(statusCode int) error {
	reason := fmt.Sprintf("status %d", statusCode)
	switch {
	case statusCode == http.StatusServiceUnavailable, statusCode == http.StatusTooManyRequests:
		return &payment.Error{Kind: payment.ProviderUnavailable, Reason: reason, Transient: true}
	case statusCode >= http.StatusInternalServerError:
		return &payment.Error{Kind: payment.ProviderFault, Reason: reason, Transient: true}
	}
	return &payment.Error{Kind: payment.ProviderFault, Reason: reason}
}
