package main

import (
	"encoding/hex"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"webstore/payments-service/internal/testkit"
)

func TestShutdownFinishesRequestsAndFlushes(t *testing.T) {
	collector := testkit.StartCollector(t)
	var profiles sync.Map // by unit
	pyroscope := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ingest" && strings.HasPrefix(r.URL.Query().Get("name"), "payments-service") {
			profiles.Store(r.URL.Query().Get("units"), true)
		}
	}))
	defer pyroscope.Close()
	slow := testkit.Success
	slow.Delay = time.Second
	fake := testkit.StartProvider(t, slow)
	// Nothing is exported in time without a flush.
	p := start(t, "PAYMENT_PROVIDER_URL="+fake.URL,
		"OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL, "PYROSCOPE_SERVER_ADDRESS="+pyroscope.URL,
		"OTEL_METRIC_EXPORT_INTERVAL=600000", "OTEL_BSP_SCHEDULE_DELAY=600000", "OTEL_BLRP_SCHEDULE_DELAY=600000",
		"OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test,service.namespace=shop")

	status := make(chan int)
	go func() { status <- p.pay() }()
	testkit.Eventually(t, func() bool { return len(fake.Requests()) > 0 }, testkit.Timeout, "the request is in flight")
	code, elapsed := p.stop()
	if got := <-status; got != http.StatusOK {
		t.Errorf("the request in flight got %d", got)
	}
	if code != 0 || elapsed < 900*time.Millisecond || elapsed > 5*time.Second {
		t.Errorf("exit code %d after %s: %s", code, elapsed, p.log())
	}
	for _, unit := range []string{"samples", "goroutines"} {
		if _, pushed := profiles.Load(unit); !pushed {
			t.Errorf("no profile of %s was pushed", unit)
		}
	}
	expectSignals(t, collector)
	expectResource(t, collector, "shop", "test")
}

func expectSignals(t *testing.T, collector *testkit.Collector) {
	t.Helper()
	root := collector.Spans()["POST /api/payments/process"]
	if root == nil || hex.EncodeToString(root.TraceId) != callerTrace {
		t.Fatalf("the root span is %v", root)
	}
	if id := testkit.Attributes(root.Attributes)["pyroscope.profile.id"]; id != hex.EncodeToString(root.SpanId) {
		t.Errorf("pyroscope.profile.id is %q", id)
	}
	record := collector.LogRecords()["payment.processed"]
	if record == nil || record.Body.GetStringValue() != "payment processed" || record.SeverityText != "INFO" ||
		hex.EncodeToString(record.TraceId) != callerTrace || testkit.Attributes(record.Attributes)["order.id"] != "17" {
		t.Errorf("the log record is %v", record)
	}
	metrics := collector.Metrics()
	for _, name := range []string{
		"http.server.request.duration", "http.client.request.duration", "payments_processed", "payment_amount_usd",
		"external_payment_provider_duration", "payments_provider_circuit_breaker_state", "go.memory.used", "go.goroutine.count",
	} {
		if metrics[name] == nil {
			t.Errorf("there is no metric %s", name)
		}
	}
}

func expectResource(t *testing.T, collector *testkit.Collector, namespace, environment string) {
	t.Helper()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, resource := range collector.Resources() {
		for key, want := range map[string]string{
			"service.name": "payments-service", "service.version": "0.1.0", "service.namespace": namespace,
			"service.instance.id": host, "deployment.environment.name": environment,
		} {
			if resource[key] != want {
				t.Errorf("the resource has %s=%q, want %q", key, resource[key], want)
			}
		}
	}
}

func TestBackendsThatAreAwayDoNotHarm(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never says a word
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	for name, url := range map[string]string{"closed": testkit.ClosedPort(t), "silent": "http://" + silent.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each stops for as long as it may flush
			fake := testkit.StartProvider(t, testkit.Success)
			p := start(t, "PAYMENT_PROVIDER_URL="+fake.URL, "OTEL_EXPORTER_OTLP_ENDPOINT="+url, "PYROSCOPE_SERVER_ADDRESS="+url,
				"OTEL_METRIC_EXPORT_INTERVAL=50", "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_BLRP_SCHEDULE_DELAY=50", "OTEL_BSP_MAX_QUEUE_SIZE=64")
			start := time.Now()
			for range 200 {
				if got := p.pay(); got != http.StatusOK {
					t.Fatalf("got %d", got)
				}
			}
			if mean := time.Since(start) / 200; mean > 200*time.Millisecond {
				t.Errorf("a request takes %s", mean)
			}
			if code, elapsed := p.stop(); code != 0 || elapsed > flushTimeout+2*time.Second {
				t.Errorf("exit code %d after %s", code, elapsed)
			}
			if complaints := strings.Count(p.log(), "telemetry.export_failed"); complaints > 1 {
				t.Errorf("there are %d complaints", complaints)
			}
			testkit.ParseLines(t, p.log())
		})
	}
}

func TestDisabledSDKStillPassesTheTraceOn(t *testing.T) {
	collector := testkit.StartCollector(t)
	fake := testkit.StartProvider(t, testkit.Success)
	pyroscope := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a profile was sent to %s", r.URL)
	}))
	t.Cleanup(pyroscope.Close)
	p := start(t, "PAYMENT_PROVIDER_URL="+fake.URL, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL,
		"PYROSCOPE_SERVER_ADDRESS="+pyroscope.URL, "OTEL_SDK_DISABLED=true")
	if got := p.pay(); got != http.StatusOK {
		t.Errorf("got %d", got)
	}
	if got := fake.Requests()[0].Header.Get("traceparent"); !strings.Contains(got, callerTrace) {
		t.Errorf("the provider got the traceparent %q", got)
	}
	if code, _ := p.stop(); code != 0 || len(collector.Resources()) != 0 {
		t.Errorf("exit code %d, %d batches", code, len(collector.Resources()))
	}
}

func TestLogLevelIsForBothOutputs(t *testing.T) {
	collector := testkit.StartCollector(t)
	fake := testkit.StartProvider(t, testkit.Success, testkit.Fault)
	p := start(t, "PAYMENT_PROVIDER_URL="+fake.URL, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL, "LOG_LEVEL=error")
	p.pay()
	p.pay()
	p.stop()
	lines, records := testkit.ParseLines(t, p.log()), collector.LogRecords()
	if len(lines) != 1 || len(records) != 1 || lines[0]["event.name"] != "payment.failed" || records["payment.failed"] == nil {
		t.Errorf("stdout has %v, OTLP has %v", lines, records)
	}
	expectResource(t, collector, "webstore", "")
}

func TestHealthcheckFlag(t *testing.T) {
	p := start(t, "OTEL_SDK_DISABLED=true")
	check := func() int {
		command := serviceCommand(t, "-healthcheck")
		command.Env = append(command.Env, "PORT="+p.port)
		_ = command.Run()
		return command.ProcessState.ExitCode()
	}
	if code := check(); code != 0 {
		t.Errorf("exit code %d of a healthy service", code)
	}
	p.stop()
	if code := check(); code != 1 {
		t.Errorf("exit code %d of a stopped service", code)
	}
}

func TestUnusableSettingsEndTheProcess(t *testing.T) {
	busy := start(t, "OTEL_SDK_DISABLED=true")
	for _, setting := range []string{"PORT=many", "LOG_LEVEL=loud", "OTEL_SDK_DISABLED=perhaps", "PORT=" + busy.port} {
		p := launch(t, "OTEL_SDK_DISABLED=true", setting)
		_ = p.command.Wait()
		if code := p.command.ProcessState.ExitCode(); code != 1 || !strings.Contains(p.log(), "payments-service failed") {
			t.Errorf("%s: exit code %d, %s", setting, code, p.log())
		}
	}
}
