package httpapi

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"webstore/payments-service/internal/payment"
	"webstore/payments-service/internal/provider"
	"webstore/payments-service/internal/testkit"
)

const validBody = `{"user_id":"user_1","order_id":"17","amount":12.5,"currency":"USD","country":"US","payment_method":"credit_card"}`

// service is the whole service on a port of its own, with a provider that answers as it is told.
type service struct {
	t        *testing.T
	url      string
	provider *testkit.Provider
	recorded *testkit.Telemetry
}

func startService(t *testing.T, answers ...testkit.Answer) *service {
	t.Helper()
	return startServiceWith(t, testkit.StartProvider(t, answers...), quick())
}

// quick are the real limits without long pauses.
func quick() provider.Limits {
	limits := provider.DefaultLimits
	limits.RetryDelay = time.Millisecond
	return limits
}

func startServiceWith(t *testing.T, fake *testkit.Provider, limits provider.Limits) *service {
	t.Helper()
	recorded := testkit.RecordTelemetry(t)
	client, err := provider.New(fake.URL, limits, recorded.Logger)
	if err != nil {
		t.Fatal(err)
	}
	payments, err := payment.NewService(client, recorded.Logger)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(NewHandler(payments, recorded.Logger, "payments-service:8081"))
	t.Cleanup(server.Close)
	return &service{t, server.URL, fake, recorded}
}

type response struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// send makes a request with a JSON body; headers are pairs of name and value.
func (s *service) send(method, path, body string, headers ...string) response {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	got := response{status: answer.StatusCode, header: answer.Header, text: string(text)}
	if err := json.Unmarshal(text, &got.body); err != nil {
		s.t.Fatalf("%v: %s", err, text)
	}
	return got
}

func (s *service) pay(headers ...string) response {
	s.t.Helper()
	return s.send(http.MethodPost, "/api/payments/process", validBody, headers...)
}

// expectProblem checks the form that all problem documents share.
func (s *service) expectProblem(got response, status int, name string) {
	s.t.Helper()
	if got.status != status || got.body["type"] != "urn:webstore:problem:"+name {
		s.t.Errorf("got %d %s, want %d %s", got.status, got.text, status, name)
	}
	if contentType := got.header.Get("Content-Type"); contentType != "application/problem+json" {
		s.t.Errorf("the content type is %s", contentType)
	}
	traceID, _ := got.body["trace_id"].(string)
	if len(traceID) != 32 || got.body["status"] != float64(status) || got.body["title"] == "" || got.body["detail"] == "" {
		s.t.Errorf("incomplete problem %s", got.text)
	}
}
