package httpapi

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"webstore/payments-service/internal/testkit"
)

// labels are all that a metric may have, with the values that are possible; nil: any value that the server itself makes.
var labels = map[string]map[attribute.Key][]string{
	"payments_processed": {
		"country":        {"US", "UK", "DE", "FR", "JP", "BR", "IN", "other"},
		"payment_method": {"credit_card", "debit_card", "paypal"},
		"status":         {"success", "declined", "error", "timeout"},
	},
	"payment_amount_usd": {
		"country":        {"US", "UK", "DE", "FR", "JP", "BR", "IN", "other"},
		"payment_method": {"credit_card", "debit_card", "paypal"},
	},
	"external_payment_provider_duration": {
		"country": {"US", "UK", "DE", "FR", "JP", "BR", "IN", "other"},
		"status":  {"success", "declined", "error", "timeout"},
	},
	"payments_provider_retries":               {"error.type": {"provider-fault", "provider-unreachable", "provider-unavailable", "provider-timeout"}},
	"payments_provider_circuit_breaker_state": {"state": {"closed", "half-open", "open"}},
	"payments_provider_rejections":            {"reason": {"circuit_open", "pool_exhausted"}},
	"payments_provider_active_requests":       {},
	"payments_provider_request_limit":         {},
	"http.server.request.duration": {
		"http.request.method":       {"GET", "POST", "_OTHER"},
		"http.route":                {"/api/payments/process", "/api/payments/{key}", "/api/payments/{key}/void"},
		"http.response.status_code": {"200", "402", "404", "405", "422", "502", "503"},
		"url.scheme":                {"http"},
		"network.protocol.name":     {"http"},
		"network.protocol.version":  {"1.1"},
		"server.address":            {"payments-service"},
		"server.port":               {"8081"},
	},
	"http.client.request.duration": {
		"http.request.method":       {"GET", "POST"},
		"http.response.status_code": {"200", "400", "404", "500", "503"},
		"url.scheme":                {"http"},
		"network.protocol.name":     {"http"},
		"network.protocol.version":  {"1.1"},
		"server.address":            {"127.0.0.1"},
		"server.port":               nil,
	},
}

func TestLabelsAreBounded(t *testing.T) {
	s := startService(t, testkit.Success)
	for i := range 20 {
		body := strings.NewReplacer(`"US"`, fmt.Sprintf(`"C%d"`, i), "user_1", fmt.Sprint("user_", i)).Replace(validBody)
		s.send(http.MethodPost, "/api/payments/process", body, "Idempotency-Key", fmt.Sprint("key-", i))
		s.send(http.MethodGet, fmt.Sprint("/api/payments/key-", i), "")
		s.send(http.MethodGet, fmt.Sprint("/unknown/", i), "")
		s.send(fmt.Sprint("METHOD", i), "/api/payments/key", "")
		s.sendToHost(fmt.Sprintf("host-%d:%d", i, 1000+i))
	}
	for _, answer := range []testkit.Answer{testkit.Declined, testkit.Fault, testkit.Unavailable} {
		s.provider.Answer(answer)
		s.pay()
	}
	for range 30 { // until most attempts have failed, which opens the breaker
		s.pay()
	}
	s.send(http.MethodPost, "/api/payments/process", "{}")

	metrics := s.recorded.Metrics(t)
	for name, allowed := range labels {
		metric, found := metrics[name]
		if !found {
			t.Errorf("there is no metric %s", name)
		}
		for _, point := range attributeSets(t, metric) {
			for _, kv := range point.ToSlice() {
				values, known := allowed[kv.Key]
				if value := kv.Value.String(); !known || values != nil && !slices.Contains(values, value) {
					t.Errorf("%s has the label %s=%s", name, kv.Key, value)
				}
			}
		}
	}
	for name := range metrics {
		if _, known := labels[name]; !known {
			t.Errorf("there is an unknown metric %s", name)
		}
	}
}

// sendToHost sends a request whose Host header the caller made up.
func (s *service) sendToHost(host string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+"/api/payments/key", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Host = host
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = answer.Body.Close()
}

func TestOutcomesAreCounted(t *testing.T) {
	s := startService(t, testkit.Success)
	s.pay()
	s.pay()
	for _, answer := range []testkit.Answer{testkit.Declined, testkit.Voided, testkit.Fault} {
		s.provider.Answer(answer)
		s.pay()
	}
	metrics := s.recorded.Metrics(t)
	counts := map[string]int64{}
	for _, point := range metrics["payments_processed"].Data.(metricdata.Sum[int64]).DataPoints {
		status, _ := point.Attributes.Value("status")
		counts[status.AsString()] = point.Value
	}
	if counts["success"] != 2 || counts["declined"] != 2 || counts["error"] != 1 {
		t.Errorf("counted %v", counts)
	}
	amounts := metrics["payment_amount_usd"].Data.(metricdata.Histogram[float64]).DataPoints
	if len(amounts) != 1 || amounts[0].Count != 2 || amounts[0].Sum != 25 {
		t.Errorf("the amounts are %+v", amounts)
	}
}

func TestHistogramsHaveBucketsAndExemplars(t *testing.T) {
	s := startService(t, testkit.Success)
	s.pay("traceparent", traceparent)
	s.span("POST /api/payments/process")
	seconds := []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.3, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	metrics := s.recorded.Metrics(t)
	for name, want := range map[string]struct {
		unit   string
		bounds []float64
	}{
		"http.server.request.duration":       {"s", seconds},
		"http.client.request.duration":       {"s", seconds},
		"external_payment_provider_duration": {"s", seconds},
		"payment_amount_usd":                 {"{USD}", []float64{10, 25, 50, 100, 200, 500, 1000, 2500, 5000, 10000}},
	} {
		points := metrics[name].Data.(metricdata.Histogram[float64]).DataPoints
		if metrics[name].Unit != want.unit || len(points) != 1 || !slices.Equal(points[0].Bounds, want.bounds) {
			t.Errorf("%s has the unit %s and %+v", name, metrics[name].Unit, points)
		}
		exemplars := points[0].Exemplars
		if len(exemplars) != 1 || hex.EncodeToString(exemplars[0].TraceID) != callerTrace {
			t.Errorf("%s has the exemplars %+v", name, exemplars)
		}
	}
}

func attributeSets(t *testing.T, metric metricdata.Metrics) []attribute.Set {
	t.Helper()
	var sets []attribute.Set
	switch data := metric.Data.(type) {
	case metricdata.Sum[int64]:
		for _, point := range data.DataPoints {
			sets = append(sets, point.Attributes)
		}
	case metricdata.Gauge[int64]:
		for _, point := range data.DataPoints {
			sets = append(sets, point.Attributes)
		}
	case metricdata.Histogram[float64]:
		for _, point := range data.DataPoints {
			sets = append(sets, point.Attributes)
		}
	default:
		t.Errorf("%s has data of type %T", metric.Name, data)
	}
	return sets
}
