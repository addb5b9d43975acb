package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"webstore/payments-service/internal/payment"
	"webstore/payments-service/internal/testkit"
)

// quick are the real limits without long pauses, and with a breaker that stays closed.
func quick() Limits {
	limits := DefaultLimits
	limits.RetryDelay, limits.BreakerCalls = time.Millisecond, 1000
	return limits
}

var charge = payment.Charge{
	UserID: "user_1", OrderID: "17", Amount: 1250, Currency: "USD", Country: "US", Method: "credit_card",
}

func reply(status int, body string) testkit.Answer {
	return testkit.Answer{Status: status, Body: body}
}

func newClient(t *testing.T, url string, limits Limits, recorded *testkit.Telemetry) *Client {
	t.Helper()
	client, err := New(url, limits, recorded.Logger)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestChargeSendsTheContract(t *testing.T) {
	fake := testkit.StartProvider(t, testkit.Success)
	client := newClient(t, fake.URL, quick(), testkit.RecordTelemetry(t))
	transaction, err := client.Charge(t.Context(), "order-17", charge)
	if err != nil {
		t.Fatal(err)
	}
	want := payment.Transaction{
		ID: "TXN-1", Status: payment.StatusSuccess, Amount: 1250, Currency: "USD",
		ProcessedAt: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC),
	}
	if transaction != want {
		t.Errorf("got %+v, want %+v", transaction, want)
	}
	request := fake.Requests()[0]
	if request.Method != http.MethodPost || request.Path != "/api/payment/process" {
		t.Errorf("asked %s %s", request.Method, request.Path)
	}
	if request.Body != `{"amount":12.50,"currency":"USD","country":"US","payment_method":"credit_card"}` {
		t.Errorf("sent %s", request.Body)
	}
	if key := request.Header.Get("Idempotency-Key"); key != "order-17" {
		t.Errorf("sent the key %q", key)
	}
}

func TestAnswersAreClassified(t *testing.T) {
	attempts := 1 + quick().Retries
	conflict := reply(422, `{"type":"urn:webstore:problem:idempotency-conflict","status":422}`)
	invalid := reply(422, `{"type":"urn:webstore:problem:validation-failed","status":422}`)
	for name, test := range map[string]struct {
		answer   testkit.Answer
		want     payment.Kind
		reason   string
		attempts int
	}{
		"declined":                   {testkit.Declined, payment.Declined, "Invalid payment details", 1},
		"declined with 404":          {reply(404, `{"error":"Payment method not found","status":"failed"}`), payment.Declined, "Payment method not found", 1},
		"a wrong address":            {reply(404, `404 page not found`), payment.ProviderFault, "status 404", 1},
		"a problem document":         {reply(400, `{"type":"about:blank","status":400}`), payment.ProviderFault, "status 400", 1},
		"voided":                     {testkit.Voided, payment.Voided, "the key was voided", 1},
		"conflict":                   {conflict, payment.KeyConflict, "the key belongs to another charge", 1},
		"input the provider refuses": {invalid, payment.ProviderFault, "status 422", 1},
		"fault":                      {testkit.Fault, payment.ProviderFault, "status 500", attempts},
		"bad gateway":                {reply(502, ""), payment.ProviderFault, "status 502", attempts},
		"unavailable":                {testkit.Unavailable, payment.ProviderUnavailable, "status 503", attempts},
		"rate limited":               {reply(429, ""), payment.ProviderUnavailable, "status 429", attempts},
		"not JSON":                   {testkit.Answer{Status: 200, Body: "<html>"}, payment.ProviderFault, "unusable answer", 1},
		"unknown status":             {reply(200, `{"status":"maybe"}`), payment.ProviderFault, "unusable answer", 1},
		"fraction of a cent":         {reply(200, `{"status":"success","amount":1.001}`), payment.ProviderFault, "unusable answer", 1},
	} {
		t.Run(name, func(t *testing.T) {
			fake := testkit.StartProvider(t, test.answer)
			client := newClient(t, fake.URL, quick(), testkit.RecordTelemetry(t))
			_, err := client.Charge(t.Context(), "key", charge)
			if kind := payment.KindOf(err); kind != test.want {
				t.Fatalf("got %v, want %s", err, test.want)
			}
			if reason := err.(*payment.Error).Reason; reason != test.reason {
				t.Errorf("reason is %q, want %q", reason, test.reason)
			}
			if asked := len(fake.Requests()); asked != test.attempts {
				t.Errorf("asked %d times, want %d", asked, test.attempts)
			}
		})
	}
}

func TestWithoutAConnectionTheProviderIsUnreachable(t *testing.T) {
	limits := quick()
	limits.Attempt, limits.Total = 100*time.Millisecond, 150*time.Millisecond
	for name, url := range map[string]string{
		"refused":      testkit.ClosedPort(t),
		"unknown host": "http://payment-provider.invalid:3001",
		"no route":     "http://" + fullBacklog(t),
		"bad address":  "http://payment provider",
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, url, limits, testkit.RecordTelemetry(t))
			if _, err := client.Charge(t.Context(), "key", charge); payment.KindOf(err) != payment.ProviderUnreachable {
				t.Errorf("got %v", err)
			}
		})
	}
}

// fullBacklog is the address of a socket that answers no further connection.
func fullBacklog(t *testing.T) string {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(socket) })
	if err := errors.Join(
		syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}),
		syscall.Listen(socket, 0),
	); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprint("127.0.0.1:", name.(*syscall.SockaddrInet4).Port)
	for {
		connection, err := net.DialTimeout("tcp", address, 100*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { _ = connection.Close() })
	}
}

// The first attempt reaches the provider, which then goes away: the outcome of the first stays unknown.
func TestAnAttemptThatWasSentLeavesTheOutcomeUnknown(t *testing.T) {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = server.Listener.Close()
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	recorded := testkit.RecordTelemetry(t)
	client := newClient(t, server.URL, quick(), recorded)
	_, err := client.Charge(t.Context(), "key", charge)
	if failed, _ := errors.AsType[*payment.Error](err); failed == nil || failed.Kind != payment.ProviderUnavailable ||
		!strings.Contains(failed.Reason, "refused") {
		t.Errorf("got %v", err)
	}
	for _, point := range recorded.Metrics(t)["payments_provider_retries"].Data.(metricdata.Sum[int64]).DataPoints {
		if point.Value != 1 {
			t.Errorf("counted %+v, want one retry of each kind", point)
		}
	}
}

func TestRetryAfterIsWaitedFor(t *testing.T) {
	fake := testkit.StartProvider(t, testkit.Answer{Status: 429, RetryAfter: "1"}, testkit.Success)
	client := newClient(t, fake.URL, quick(), testkit.RecordTelemetry(t))
	start := time.Now()
	if _, err := client.Charge(t.Context(), "key", charge); err != nil {
		t.Fatal(err)
	}
	if elapsed := time.Since(start); elapsed < time.Second {
		t.Errorf("came back after %s", elapsed)
	}
}

func TestLongRetryAfterEndsTheCall(t *testing.T) {
	fake := testkit.StartProvider(t, testkit.Answer{Status: 429, RetryAfter: "30"}, testkit.Success)
	client := newClient(t, fake.URL, quick(), testkit.RecordTelemetry(t))
	_, err := client.Charge(t.Context(), "key", charge)
	if failed, _ := errors.AsType[*payment.Error](err); failed == nil || failed.Kind != payment.ProviderUnavailable ||
		failed.RetryAfter != 30*time.Second {
		t.Errorf("got %v", err)
	}
	if asked := len(fake.Requests()); asked != 1 {
		t.Errorf("asked %d times, want 1", asked)
	}
}

func TestAnswerThatBreaksOffIsUnavailable(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"status":"success"`))
	}))
	defer server.Close()
	client := newClient(t, server.URL, quick(), testkit.RecordTelemetry(t))
	if _, err := client.Charge(t.Context(), "key", charge); payment.KindOf(err) != payment.ProviderUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	target := testkit.StartProvider(t, testkit.Success)
	server := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusSeeOther))
	defer server.Close()
	client := newClient(t, server.URL, quick(), testkit.RecordTelemetry(t))
	if _, err := client.Charge(t.Context(), "key", charge); payment.KindOf(err) != payment.ProviderFault {
		t.Errorf("got %v", err)
	}
	if asked := target.Requests(); len(asked) != 0 {
		t.Errorf("the target was asked %+v", asked)
	}
}

func TestRetriesKeepTheKey(t *testing.T) {
	fake := testkit.StartProvider(t, testkit.Unavailable, testkit.Fault, testkit.Success)
	client := newClient(t, fake.URL, quick(), testkit.RecordTelemetry(t))
	if _, err := client.Charge(t.Context(), "order-17", charge); err != nil {
		t.Fatal(err)
	}
	requests := fake.Requests()
	if len(requests) != 3 {
		t.Fatalf("asked %d times, want 3", len(requests))
	}
	for _, request := range requests {
		if key := request.Header.Get("Idempotency-Key"); key != "order-17" || request.Body != requests[0].Body {
			t.Errorf("an attempt has the key %q and the body %s", key, request.Body)
		}
	}
}

func TestTimeoutIsRetried(t *testing.T) {
	limits := quick()
	limits.Attempt, limits.Total = 50*time.Millisecond, time.Minute
	fake := testkit.StartProvider(t, testkit.Answer{Status: 200, Delay: time.Minute})
	client := newClient(t, fake.URL, limits, testkit.RecordTelemetry(t))
	if _, err := client.Charge(t.Context(), "key", charge); payment.KindOf(err) != payment.ProviderTimeout {
		t.Errorf("got %v", err)
	}
	if asked := len(fake.Requests()); asked != 1+limits.Retries {
		t.Errorf("asked %d times", asked)
	}
}

func TestTotalTimeIsBounded(t *testing.T) {
	limits := quick()
	limits.Attempt, limits.Total, limits.Retries = 100*time.Millisecond, 250*time.Millisecond, 1000
	fake := testkit.StartProvider(t, testkit.Answer{Status: 200, Delay: time.Minute})
	client := newClient(t, fake.URL, limits, testkit.RecordTelemetry(t))
	start := time.Now()
	_, err := client.Charge(t.Context(), "key", charge)
	if payment.KindOf(err) != payment.ProviderTimeout {
		t.Errorf("got %v", err)
	}
	if elapsed := time.Since(start); elapsed < limits.Total || elapsed > 20*limits.Total {
		t.Errorf("took %s, want about %s", elapsed, limits.Total)
	}
}

func TestCallerThatGoesAwayIsNotAFault(t *testing.T) {
	fake := testkit.StartProvider(t, testkit.Answer{Status: 200, Delay: time.Minute})
	client := newClient(t, fake.URL, quick(), testkit.RecordTelemetry(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fake.OnRequest(cancel)
	_, err := client.Charge(ctx, "key", charge)
	if payment.KindOf(err) != payment.Cancelled || payment.IsFailure(err) {
		t.Errorf("got %v", err)
	}
	if asked := len(fake.Requests()); asked != 1 {
		t.Errorf("asked %d times, want 1", asked)
	}
}

func TestLookup(t *testing.T) {
	for name, test := range map[string]struct {
		answer testkit.Answer
		status payment.Status
		kind   payment.Kind
	}{
		"charged":     {testkit.Success, payment.StatusSuccess, ""},
		"declined":    {reply(200, `{"transaction_id":"TXN-1","status":"declined","amount":12.5,"error":"x"}`), payment.StatusDeclined, ""},
		"tombstone":   {reply(200, `{"status":"voided","amount":null,"processed_at":null}`), payment.StatusVoided, ""},
		"unknown":     {reply(404, `{"type":"urn:webstore:problem:not-found","status":404}`), "", payment.NotFound},
		"fault":       {testkit.Fault, "", payment.ProviderFault},
		"unavailable": {testkit.Unavailable, "", payment.ProviderUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			fake := testkit.StartProvider(t, test.answer)
			client := newClient(t, fake.URL, quick(), testkit.RecordTelemetry(t))
			transaction, err := client.Lookup(t.Context(), "a/b?c#%")
			if transaction.Status != test.status || payment.KindOf(err) != test.kind {
				t.Errorf("got %+v, %v", transaction, err)
			}
			if asked := fake.Requests()[0]; asked.Method != http.MethodGet || asked.Path != "/api/payment/transactions/a%2Fb%3Fc%23%25" {
				t.Errorf("asked %s %s", asked.Method, asked.Path)
			}
		})
	}
}

func TestVoid(t *testing.T) {
	fake := testkit.StartProvider(t, testkit.Unavailable, testkit.Refunded)
	client := newClient(t, fake.URL, quick(), testkit.RecordTelemetry(t))
	transaction, err := client.Void(t.Context(), "key")
	if err != nil || transaction != (payment.Transaction{ID: "TXN-1", Status: payment.StatusRefunded}) {
		t.Errorf("got %+v, %v", transaction, err)
	}
	asked := fake.Requests()
	if len(asked) != 2 || asked[0].Method != http.MethodPost || asked[0].Path != "/api/payment/transactions/key/void" {
		t.Errorf("asked %+v", asked)
	}
}
