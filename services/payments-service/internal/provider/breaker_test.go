package provider

import (
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"webstore/payments-service/internal/payment"
	"webstore/payments-service/internal/testkit"
)

func TestRetryIsCountedAndMarkedOnTheSpan(t *testing.T) {
	recorded := testkit.RecordTelemetry(t)
	fake := testkit.StartProvider(t, testkit.Unavailable, testkit.Fault, testkit.Success)
	client := newClient(t, fake.URL, quick(), recorded)
	ctx, span := otel.Tracer("test").Start(t.Context(), "caller")
	if _, err := client.Charge(ctx, "key", charge); err != nil {
		t.Fatal(err)
	}
	span.End()

	counts := map[string]int64{}
	for _, point := range recorded.Metrics(t)["payments_provider_retries"].Data.(metricdata.Sum[int64]).DataPoints {
		cause, _ := point.Attributes.Value("error.type")
		counts[cause.AsString()] = point.Value
	}
	if len(counts) != 2 || counts["provider-unavailable"] != 1 || counts["provider-fault"] != 1 {
		t.Errorf("counted %v", counts)
	}
	events := recorded.Spans()["caller"][0].Events
	if len(events) != 2 || events[0].Name != "provider.retry" || events[1].Name != "provider.retry" {
		t.Errorf("the span has the events %+v", events)
	}
	attempts := recorded.Spans()["POST /api/payment/process"]
	if len(attempts) != 3 {
		t.Fatalf("there are %d client spans, want one an attempt", len(attempts))
	}
	for i, attempt := range attempts {
		found := attribute.NewSet(attempt.Attributes...)
		resends, _ := found.Value("http.request.resend_count")
		peer, _ := found.Value("peer.service")
		if resends.AsInt64() != int64(i) || peer.AsString() != "payment-provider" {
			t.Errorf("attempt %d has %v", i, attempt.Attributes)
		}
	}
}

func TestBreakerOpensRefusesAndCloses(t *testing.T) {
	limits := quick()
	limits.Retries, limits.BreakerCalls, limits.BreakerDelay = 0, 4, time.Second
	recorded := testkit.RecordTelemetry(t)
	fake := testkit.StartProvider(t, testkit.Unavailable)
	client := newClient(t, fake.URL, limits, recorded)
	call := func() error {
		ctx, span := otel.Tracer("test").Start(t.Context(), "caller")
		defer span.End()
		_, err := client.Charge(ctx, "key", charge)
		return err
	}
	expectState(t, recorded, "closed")
	for range 4 {
		if err := call(); payment.KindOf(err) != payment.ProviderUnavailable {
			t.Fatal(err)
		}
	}
	expectState(t, recorded, "open")

	err := call()
	var refused *payment.Error
	if !errors.As(err, &refused) || refused.Kind != payment.ProviderUnreachable || refused.Reason != "circuit breaker open" {
		t.Errorf("an open breaker gives %v", err)
	}
	if asked := len(fake.Requests()); asked != 4 {
		t.Errorf("an open breaker lets requests through: %d", asked)
	}
	expectRejection(t, recorded, "circuit_open")

	fake.Answer(testkit.Success)
	testkit.Eventually(t, func() bool { return call() == nil }, testkit.Timeout, "the breaker lets a trial through")
	if trials := len(fake.Requests()) - 4; trials != 1 {
		t.Errorf("an open breaker lets %d requests through", trials)
	}
	expectState(t, recorded, "half-open")
	if err := call(); err != nil {
		t.Fatal(err)
	}
	expectState(t, recorded, "closed")
	expectStateChanges(t, recorded, [][2]string{{"closed", "open"}, {"open", "half-open"}, {"half-open", "closed"}})
}

func TestBreakerIgnoresBusinessOutcomesAndAbortsRetries(t *testing.T) {
	limits := quick()
	limits.Retries, limits.BreakerCalls = 10, 4
	recorded := testkit.RecordTelemetry(t)
	fake := testkit.StartProvider(t, testkit.Declined)
	client := newClient(t, fake.URL, limits, recorded)
	for range 3 {
		_, _ = client.Charge(t.Context(), "key", charge)
	}
	expectState(t, recorded, "closed")

	fake.Answer(testkit.Fault)
	_, err := client.Charge(t.Context(), "key", charge)
	if payment.KindOf(err) != payment.ProviderFault {
		t.Errorf("got %v, want the last failure", err)
	}
	// Three declines and three faults make the half that opens the breaker; no retry runs into it.
	if asked := len(fake.Requests()); asked != 6 {
		t.Errorf("asked %d times, want 6", asked)
	}
	expectState(t, recorded, "open")
}

// expectRejection wants just one, as metric and as event of a caller's span.
func expectRejection(t *testing.T, recorded *testkit.Telemetry, reason string) {
	t.Helper()
	want := attribute.NewSet(attribute.String("reason", reason))
	points := recorded.Metrics(t)["payments_provider_rejections"].Data.(metricdata.Sum[int64]).DataPoints
	if len(points) != 1 || points[0].Value != 1 || !points[0].Attributes.Equals(&want) {
		t.Errorf("counted %+v, want one %s", points, reason)
	}
	var events []attribute.Set
	for _, span := range recorded.Spans()["caller"] {
		for _, event := range span.Events {
			if event.Name == "provider.rejected" {
				events = append(events, attribute.NewSet(event.Attributes...))
			}
		}
	}
	if len(events) != 1 || !events[0].Equals(&want) {
		t.Errorf("the spans have the events %v, want one %s", events, reason)
	}
}

func expectState(t *testing.T, recorded *testkit.Telemetry, want string) {
	t.Helper()
	points := recorded.Metrics(t)["payments_provider_circuit_breaker_state"].Data.(metricdata.Gauge[int64]).DataPoints
	states := map[string]int64{}
	for _, point := range points {
		state, _ := point.Attributes.Value("state")
		states[state.AsString()] = point.Value
	}
	sum := states["closed"] + states["half-open"] + states["open"]
	if len(states) != 3 || sum != 1 || states[want] != 1 {
		t.Errorf("the breaker's state is %v, want %s", states, want)
	}
}

func expectStateChanges(t *testing.T, recorded *testkit.Telemetry, want [][2]string) {
	t.Helper()
	var onSpans, inLog [][2]string
	for _, span := range recorded.Spans()["caller"] {
		for _, event := range span.Events {
			if event.Name != "provider.circuit_breaker.state_changed" {
				continue
			}
			attributes := attribute.NewSet(event.Attributes...)
			from, _ := attributes.Value("circuit_breaker.old_state")
			to, _ := attributes.Value("circuit_breaker.state")
			onSpans = append(onSpans, [2]string{from.AsString(), to.AsString()})
		}
	}
	for _, line := range recorded.LogLines(t) {
		if line["event.name"] != "provider.circuit_breaker.state_changed" || line["trace_id"] == nil {
			t.Errorf("unexpected line %v", line)
		}
		inLog = append(inLog, [2]string{line["circuit_breaker.old_state"].(string), line["circuit_breaker.state"].(string)})
	}
	for name, got := range map[string][][2]string{"spans": onSpans, "log": inLog} {
		if len(got) != len(want) {
			t.Fatalf("the %s show %v, want %v", name, got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("the %s show %v, want %v", name, got, want)
			}
		}
	}
}
