package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"webstore/payments-service/internal/testkit"
)

const (
	callerTrace = "0af7651916cd43dd8448eb211c80319c"
	callerSpan  = "b7ad6b7169203331"
	traceparent = "00-" + callerTrace + "-" + callerSpan + "-01"
)

func TestOneTraceFromCallerToProvider(t *testing.T) {
	s := startService(t, testkit.Success)
	s.pay("traceparent", traceparent)
	server, process, client := s.span("POST /api/payments/process"), s.span("process_payment"), s.span("POST /api/payment/process")
	for _, edge := range []struct{ parent, child string }{
		{callerSpan, server.Parent.SpanID().String()},
		{server.SpanContext.SpanID().String(), process.Parent.SpanID().String()},
		{process.SpanContext.SpanID().String(), client.Parent.SpanID().String()},
	} {
		if edge.parent != edge.child {
			t.Errorf("a span's parent is %s, want %s", edge.child, edge.parent)
		}
	}
	for _, span := range []tracetest.SpanStub{server, process, client} {
		if id := span.SpanContext.TraceID().String(); id != callerTrace {
			t.Errorf("%s is in the trace %s", span.Name, id)
		}
	}
	want := "00-" + callerTrace + "-" + client.SpanContext.SpanID().String() + "-01"
	if got := s.provider.Requests()[0].Header.Get("traceparent"); got != want {
		t.Errorf("the provider got the traceparent %s, want %s", got, want)
	}
	expectAttributes(t, server, map[string]any{"http.route": "/api/payments/process", "http.request.method": "POST",
		"http.response.status_code": int64(200)})
	expectAttributes(t, process, map[string]any{"user.id": "user_1", "order.id": "17", "country": "US",
		"payment.method": "credit_card", "payment.amount": 12.5, "payment.status": "success", "payment.transaction_id": "TXN-1"})
	expectAttributes(t, client, map[string]any{"peer.service": "payment-provider", "url.template": "/api/payment/process"})
}

func TestOnlyFaultsAreErrors(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer testkit.Answer
		code   codes.Code
		event  string
	}{
		{"success", testkit.Success, codes.Unset, "payment.processed"},
		{"declined", testkit.Declined, codes.Unset, "payment.declined"},
		{"voided", testkit.Voided, codes.Unset, "payment.refused"},
		{"fault", testkit.Fault, codes.Error, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := startService(t, test.answer)
			s.pay()
			server, process := s.span("POST /api/payments/process"), s.span("process_payment")
			if server.Status.Code != test.code || process.Status.Code != test.code {
				t.Errorf("the spans' status is %v and %v", server.Status, process.Status)
			}
			client := s.span("POST /api/payment/process")
			if failed := client.Status.Code == codes.Error; failed != (test.code == codes.Error) {
				t.Errorf("the client span's status is %v", client.Status)
			}
			marked := slices.ContainsFunc(process.Attributes, func(kv attribute.KeyValue) bool { return kv.Key == "error.type" })
			if marked != (test.code == codes.Error) {
				t.Errorf("the span has %v", process.Attributes)
			}
			if last := len(process.Events) - 1; test.event != "" && process.Events[last].Name != test.event {
				t.Errorf("the span has the events %+v", process.Events)
			}
		})
	}
}

func TestCallerThatGoesAway(t *testing.T) {
	s := startService(t, testkit.Answer{Status: 200, Delay: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.provider.OnRequest(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/api/payments/process", strings.NewReader(validBody))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if _, err := http.DefaultClient.Do(request); err == nil {
		t.Fatal("there is an answer")
	}
	s.waitForSpan("POST /api/payments/process")
	server, process := s.span("POST /api/payments/process"), s.span("process_payment")
	if server.Status.Code != codes.Unset || process.Status.Code != codes.Unset {
		t.Errorf("the spans' status is %v and %v", server.Status, process.Status)
	}
	expectAttributes(t, server, map[string]any{"http.response.status_code": int64(statusClientClosedRequest)})
	if metric, found := s.recorded.Metrics(t)["payments_processed"]; found {
		t.Errorf("an outcome was counted: %+v", metric.Data)
	}
}

func TestPanicIsA500(t *testing.T) {
	recorded := testkit.RecordTelemetry(t)
	a := &api{logger: recorded.Logger, instrument: otelhttp.NewMiddleware("", otelhttp.WithServerName("payments-service:8081"))}
	mux := http.NewServeMux()
	mux.Handle("GET /panic", a.observed(func(http.ResponseWriter, *http.Request) error { panic("secret-in-panic") }))
	server := httptest.NewServer(mux)
	defer server.Close()
	s := &service{t: t, url: server.URL, recorded: recorded}

	got := s.send(http.MethodGet, "/panic", "")
	s.expectProblem(got, http.StatusInternalServerError, "internal-error")
	if strings.Contains(got.text, "secret") {
		t.Errorf("the answer tells too much: %s", got.text)
	}
	if span := s.span("GET /panic"); span.Status.Code != codes.Error {
		t.Errorf("the span's status is %v", span.Status)
	}
	points := recorded.Metrics(t)["http.server.request.duration"].Data.(metricdata.Histogram[float64]).DataPoints
	if status, _ := points[0].Attributes.Value("http.response.status_code"); len(points) != 1 || status.AsInt64() != 500 {
		t.Errorf("counted as %v", points[0].Attributes.ToSlice())
	}
	if strings.Contains(fmt.Sprint(recorded.LogLines(t)), "secret") {
		t.Error("the log tells too much")
	}
	line := recorded.LogLines(t)[0]
	if line["event.name"] != "request.crashed" || line["level"] != "error" || line["trace_id"] == nil {
		t.Errorf("logged %v", line)
	}
}

func TestHealthLeavesNoTrace(t *testing.T) {
	s := startService(t, testkit.Success)
	s.send(http.MethodGet, "/health", "")
	if spans := s.recorded.Spans(); len(spans) != 0 {
		t.Errorf("there are spans %v", spans)
	}
	if _, found := s.recorded.Metrics(t)["http.server.request.duration"]; found || len(s.recorded.LogLines(t)) != 0 {
		t.Error("there are metrics or logs")
	}
}

func TestUnmatchedRequestsHaveNoRoute(t *testing.T) {
	s := startService(t, testkit.Success)
	s.send(http.MethodGet, "/random/path", "")
	for _, kv := range s.span("GET").Attributes {
		if kv.Key == "http.route" {
			t.Errorf("the route is %s", kv.Value.AsString())
		}
	}
}

func (s *service) span(name string) tracetest.SpanStub {
	s.t.Helper()
	s.waitForSpan(name)
	return s.recorded.Spans()[name][0]
}

// waitForSpan is needed as the server ends its span after the response is sent.
func (s *service) waitForSpan(name string) {
	s.t.Helper()
	testkit.Eventually(s.t, func() bool { return len(s.recorded.Spans()[name]) > 0 }, testkit.Timeout, "there is a span "+name)
}

func expectAttributes(t *testing.T, span tracetest.SpanStub, want map[string]any) {
	t.Helper()
	set := attribute.NewSet(span.Attributes...)
	for key, value := range want {
		if got, found := set.Value(attribute.Key(key)); !found || got.AsInterface() != value {
			t.Errorf("%s has %s = %v, want %v", span.Name, key, got.AsInterface(), value)
		}
	}
}
