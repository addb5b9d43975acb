package provider

import (
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"webstore/payments-service/internal/payment"
	"webstore/payments-service/internal/testkit"
)

func TestBulkheadRefusesWhatIsTooMuch(t *testing.T) {
	limits := quick()
	limits.Requests, limits.RequestWait = 1, 10*time.Millisecond
	recorded := testkit.RecordTelemetry(t)
	fake := testkit.StartProvider(t, testkit.Answer{Status: 200, Body: testkit.Success.Body, Delay: time.Second})
	arrived := make(chan struct{})
	fake.OnRequest(func() { close(arrived) })
	client := newClient(t, fake.URL, limits, recorded)
	call := func() error {
		ctx, span := otel.Tracer("test").Start(t.Context(), "caller")
		defer span.End()
		_, err := client.Charge(ctx, "key", charge)
		return err
	}
	first := make(chan error)
	go func() { first <- call() }()
	<-arrived
	expectRequests(t, recorded, 1)

	err := call()
	if failed, _ := errors.AsType[*payment.Error](err); failed == nil || failed.Kind != payment.ProviderUnreachable ||
		failed.Reason != "too many requests at once" {
		t.Errorf("a full bulkhead gives %v", err)
	}
	if err := <-first; err != nil {
		t.Errorf("the call that was under way gives %v", err)
	}
	expectRequests(t, recorded, 0)
	expectRejection(t, recorded, "pool_exhausted")
	expectState(t, recorded, "closed")
}

func TestBulkheadLetsWaitForATurn(t *testing.T) {
	limits := quick()
	limits.Requests, limits.RequestWait = 1, time.Minute
	fake := testkit.StartProvider(t, testkit.Answer{Status: 200, Body: testkit.Success.Body, Delay: 10 * time.Millisecond})
	client := newClient(t, fake.URL, limits, testkit.RecordTelemetry(t))
	ends := make(chan error)
	const calls = 10
	for range calls {
		go func() {
			_, err := client.Charge(t.Context(), "key", charge)
			ends <- err
		}()
	}
	for range calls {
		if err := <-ends; err != nil {
			t.Error(err)
		}
	}
}

func expectRequests(t *testing.T, recorded *testkit.Telemetry, want int64) {
	t.Helper()
	metrics := recorded.Metrics(t)
	active := metrics["payments_provider_active_requests"].Data.(metricdata.Sum[int64]).DataPoints
	limit := metrics["payments_provider_request_limit"].Data.(metricdata.Gauge[int64]).DataPoints
	if len(active) != 1 || active[0].Value != want || len(limit) != 1 || limit[0].Value != 1 {
		t.Errorf("there are %+v requests of %+v, want %d", active, limit, want)
	}
}
