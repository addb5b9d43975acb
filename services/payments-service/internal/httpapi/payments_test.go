package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"

	"webstore/payments-service/internal/testkit"
)

func TestProcess(t *testing.T) {
	s := startService(t, testkit.Success)
	got := s.pay("Idempotency-Key", "order-17")
	expectText(t, got, `{"transaction_id":"TXN-1","status":"success","amount":12.50,"currency":"USD",`+
		`"processed_at":"2026-01-02T03:04:05.678Z"}`)
	if contentType := got.header.Get("Content-Type"); contentType != "application/json" {
		t.Errorf("the content type is %s", contentType)
	}
	if key := s.provider.Requests()[0].Header.Get("Idempotency-Key"); key != "order-17" {
		t.Errorf("the provider got the key %q", key)
	}
}

func TestProcessWithoutKeyMakesAKeyEachTime(t *testing.T) {
	s := startService(t, testkit.Success)
	s.pay()
	s.pay()
	asked := s.provider.Requests()
	first, second := asked[0].Header.Get("Idempotency-Key"), asked[1].Header.Get("Idempotency-Key")
	if len(first) < 26 || first == second {
		t.Errorf("the keys are %q and %q", first, second)
	}
}

// The provider has charged, but its answer is lost: the same key asks for it again.
func TestLostAnswerIsAskedForAgain(t *testing.T) {
	limits := quick()
	limits.Attempt = 200 * time.Millisecond
	for name, lost := range map[string]testkit.Answer{
		"500":      testkit.Fault,
		"503":      testkit.Unavailable,
		"429":      {Status: http.StatusTooManyRequests},
		"time-out": {Status: http.StatusOK, Delay: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServiceWith(t, testkit.StartProvider(t, lost, lost, testkit.Success), limits)
			if got := s.pay("Idempotency-Key", "order-17"); got.status != http.StatusOK {
				t.Errorf("got %d %s", got.status, got.text)
			}
			asked := s.provider.Requests()
			if len(asked) != 3 {
				t.Fatalf("asked %d times, want 3", len(asked))
			}
			for _, request := range asked {
				if key := request.Header.Get("Idempotency-Key"); key != "order-17" {
					t.Errorf("an attempt has the key %q", key)
				}
			}
		})
	}
}

func TestProviderOutcomesBecomeProblems(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer testkit.Answer
		status int
	}{
		{"payment-declined", testkit.Declined, 402},
		{"payment-voided", testkit.Voided, 409},
		{"idempotency-conflict", testkit.Answer{Status: 422, Body: `{"type":"urn:webstore:problem:idempotency-conflict"}`}, 422},
		{"provider-fault", testkit.Fault, 502},
		{"provider-unavailable", testkit.Unavailable, 503},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := startService(t, test.answer)
			got := s.pay()
			s.expectProblem(got, test.status, test.name)
			retryAfter := got.header.Get("Retry-After")
			if (test.status == http.StatusServiceUnavailable) != (retryAfter != "") {
				t.Errorf("Retry-After is %q", retryAfter)
			}
			if reason, given := got.body["reason"]; given != (test.status == 402) {
				t.Errorf("reason is %v", reason)
			}
		})
	}
}

func TestProviderThatDoesNotAnswerIsATimeout(t *testing.T) {
	fake := testkit.StartProvider(t, testkit.Answer{Status: http.StatusOK, Delay: time.Minute})
	limits := quick()
	limits.Attempt, limits.Total = 100*time.Millisecond, 250*time.Millisecond
	s := startServiceWith(t, fake, limits)
	s.expectProblem(s.pay(), http.StatusGatewayTimeout, "provider-timeout")
	for _, name := range []string{"POST /api/payments/process", "process_payment", "POST /api/payment/process"} {
		if span := s.span(name); span.Status.Code != codes.Error {
			t.Errorf("the status of %s is %v", name, span.Status)
		}
	}
}

func TestDeclineHasTheReason(t *testing.T) {
	s := startService(t, testkit.Declined)
	if got := s.pay(); got.body["reason"] != "Invalid payment details" {
		t.Errorf("got %s", got.text)
	}
}

func TestProviderAwayIsUnreachable(t *testing.T) {
	s := startServiceWith(t, &testkit.Provider{URL: testkit.ClosedPort(t)}, quick())
	got := s.pay()
	s.expectProblem(got, http.StatusServiceUnavailable, "provider-unreachable")
	if detail := got.body["detail"]; detail != neverSent || got.header.Get("Retry-After") != "5" {
		t.Errorf("got %s, Retry-After %q", got.text, got.header.Get("Retry-After"))
	}
	if span := s.span("process_payment"); span.Status.Code != codes.Error {
		t.Errorf("the span's status is %v", span.Status)
	}
	expectAttributes(t, s.span("process_payment"), map[string]any{"error.type": "provider-unreachable", "payment.status": "error"})
}

func TestLongRetryAfterIsPassedOn(t *testing.T) {
	s := startService(t, testkit.Answer{Status: http.StatusTooManyRequests, RetryAfter: "30"})
	got := s.pay()
	s.expectProblem(got, http.StatusServiceUnavailable, "provider-unavailable")
	if retryAfter := got.header.Get("Retry-After"); retryAfter != "30" {
		t.Errorf("Retry-After is %q", retryAfter)
	}
}

func TestOpenBreakerIsUnreachableAtOnce(t *testing.T) {
	s := startService(t, testkit.Unavailable)
	for range 7 { // times three attempts, more than the 20 that the breaker wants to see
		s.pay()
	}
	asked := len(s.provider.Requests())
	got := s.pay()
	s.expectProblem(got, http.StatusServiceUnavailable, "provider-unreachable")
	if got.header.Get("Retry-After") != "5" || len(s.provider.Requests()) != asked {
		t.Errorf("the provider was asked again, or Retry-After is %q", got.header.Get("Retry-After"))
	}
}

func TestLookup(t *testing.T) {
	s := startService(t, testkit.Success)
	got := s.send(http.MethodGet, "/api/payments/order-17", "")
	if got.status != http.StatusOK || got.body["status"] != "success" || got.body["amount"] != 12.5 {
		t.Errorf("got %d %s", got.status, got.text)
	}
	s.provider.Answer(testkit.Answer{Status: 404})
	s.expectProblem(s.send(http.MethodGet, "/api/payments/order-18", ""), http.StatusNotFound, "not-found")
	s.provider.Answer(testkit.Unavailable)
	s.expectProblem(s.send(http.MethodGet, "/api/payments/order-18", ""), http.StatusServiceUnavailable, "provider-unavailable")
}

func TestVoid(t *testing.T) {
	s := startService(t, testkit.Refunded)
	expectText(t, s.send(http.MethodPost, "/api/payments/order-17/void", ""), `{"transaction_id":"TXN-1","status":"refunded"}`)
	s.provider.Answer(testkit.Answer{Status: 200, Body: `{"status":"voided"}`})
	expectText(t, s.send(http.MethodPost, "/api/payments/order-18/void", ""), `{"status":"voided"}`)
	s.provider.Answer(testkit.Fault)
	s.expectProblem(s.send(http.MethodPost, "/api/payments/order-18/void", ""), http.StatusBadGateway, "provider-fault")
}

func TestHealth(t *testing.T) {
	s := startService(t, testkit.Success)
	expectText(t, s.send(http.MethodGet, "/health", ""), `{"status":"healthy"}`)
}

func expectText(t *testing.T, got response, want string) {
	t.Helper()
	if got.status != http.StatusOK || strings.TrimSpace(got.text) != want {
		t.Errorf("got %d %s, want %s", got.status, got.text, want)
	}
}

func TestManyAtOnce(t *testing.T) {
	s := startService(t, testkit.Success)
	done := make(chan int)
	for i := range 50 {
		go func() { done <- s.pay("Idempotency-Key", fmt.Sprint("order-", i)).status }()
	}
	for range 50 {
		if status := <-done; status != http.StatusOK {
			t.Errorf("got %d", status)
		}
	}
}
