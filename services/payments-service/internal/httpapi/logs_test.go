package httpapi

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"webstore/payments-service/internal/testkit"
)

var timestamp = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

func TestEachRequestLogsOneLineInItsTrace(t *testing.T) {
	unknownKey := testkit.Answer{Status: http.StatusNotFound}
	for _, test := range []struct {
		event, level string
		answer       testkit.Answer
		method, path string
		body         string
	}{
		{"payment.processed", "info", testkit.Success, "POST", "/api/payments/process", validBody},
		{"payment.declined", "info", testkit.Declined, "POST", "/api/payments/process", validBody},
		{"payment.refused", "info", testkit.Voided, "POST", "/api/payments/process", validBody},
		{"payment.failed", "error", testkit.Fault, "POST", "/api/payments/process", validBody},
		{"payment.looked_up", "info", testkit.Success, "GET", "/api/payments/key", ""},
		{"payment.not_found", "info", unknownKey, "GET", "/api/payments/key", ""},
		{"payment.voided", "info", testkit.Refunded, "POST", "/api/payments/key/void", ""},
		{"request.rejected", "info", testkit.Success, "POST", "/api/payments/process", "{"},
		{"request.rejected", "info", testkit.Success, "GET", "/unknown", ""},
	} {
		t.Run(test.event, func(t *testing.T) {
			s := startService(t, test.answer)
			got := s.send(test.method, test.path, test.body)
			lines := s.recorded.LogLines(t)
			if len(lines) != 1 {
				t.Fatalf("logged %v", lines)
			}
			line := lines[0]
			if line["event.name"] != test.event || line["level"] != test.level || line["service.name"] != "payments-service" ||
				line["message"] == "" || !timestamp.MatchString(fmt.Sprint(line["timestamp"])) {
				t.Errorf("logged %v", line)
			}
			if got.status >= 400 && line["trace_id"] != got.body["trace_id"] {
				t.Errorf("the line has the trace %v, the problem %v", line["trace_id"], got.body["trace_id"])
			}
			if traceID, _ := line["trace_id"].(string); len(traceID) != 32 || len(fmt.Sprint(line["span_id"])) != 16 {
				t.Errorf("logged %v", line)
			}
		})
	}
}

func TestPaymentLineIsComplete(t *testing.T) {
	s := startService(t, testkit.Success)
	s.pay("Idempotency-Key", "order-17", "traceparent", traceparent)
	line := s.recorded.LogLines(t)[0]
	for key, want := range map[string]any{
		"trace_id": callerTrace, "user.id": "user_1", "order.id": "17", "country": "US", "payment.method": "credit_card",
		"payment.amount": 12.5, "payment.currency": "USD", "payment.status": "success", "payment.transaction_id": "TXN-1",
		"payment.idempotency_key": "order-17", "payment.operation": "process_payment",
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	if duration, _ := line["duration"].(float64); duration <= 0 || duration > 5 {
		t.Errorf("the duration is %v s", line["duration"])
	}
}

func TestSecretsReachNoSignal(t *testing.T) {
	s := startService(t, testkit.Success)
	const secret = "sk-very-secret"
	body := strings.Replace(validBody, "{", `{"card_number":"`+secret+`","email":"`+secret+`@example.com",`, 1)
	for _, answer := range []testkit.Answer{testkit.Success, testkit.Declined, testkit.Fault} {
		s.provider.Answer(answer)
		s.send(http.MethodPost, "/api/payments/process", body, "Authorization", "Bearer "+secret, "Cookie", secret, "X-Api-Key", secret)
	}
	s.span("POST /api/payments/process")
	emitted := fmt.Sprintf("%+v %+v %+v", s.recorded.LogLines(t), s.recorded.Spans(), s.recorded.Metrics(t))
	if strings.Contains(emitted, secret) {
		t.Error("a secret is in the telemetry")
	}
	for _, request := range s.provider.Requests() {
		if strings.Contains(fmt.Sprint(request), secret) {
			t.Error("a secret went to the provider")
		}
	}
}
