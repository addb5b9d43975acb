package testkit

import (
	"context"
	"net"
	"sync"
	"testing"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
)

// Collector receives OTLP over gRPC and keeps everything.
type Collector struct {
	URL string

	mu        sync.Mutex
	resources []*resource.Resource
	spans     []*trace.Span
	metrics   []*metrics.Metric
	records   []*logs.LogRecord
}

// StartCollector listens on a port of its own.
func StartCollector(t testing.TB) *Collector {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &Collector{URL: "http://" + listener.Addr().String()}
	server := grpc.NewServer()
	collectortrace.RegisterTraceServiceServer(server, traceReceiver{collector: c})
	collectormetrics.RegisterMetricsServiceServer(server, metricsReceiver{collector: c})
	collectorlogs.RegisterLogsServiceServer(server, logsReceiver{collector: c})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return c
}

// Resources returns the resource of each batch.
func (c *Collector) Resources() []map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var resources []map[string]string
	for _, resource := range c.resources {
		resources = append(resources, Attributes(resource.Attributes))
	}
	return resources
}

// Spans returns all spans by name; the last one wins.
func (c *Collector) Spans() map[string]*trace.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	spans := map[string]*trace.Span{}
	for _, span := range c.spans {
		spans[span.Name] = span
	}
	return spans
}

// Metrics returns all metrics by instrument name; the last one wins.
func (c *Collector) Metrics() map[string]*metrics.Metric {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string]*metrics.Metric{}
	for _, metric := range c.metrics {
		found[metric.Name] = metric
	}
	return found
}

// LogRecords returns all log records by the attribute event.name; the last one wins.
func (c *Collector) LogRecords() map[string]*logs.LogRecord {
	c.mu.Lock()
	defer c.mu.Unlock()
	records := map[string]*logs.LogRecord{}
	for _, record := range c.records {
		records[Attributes(record.Attributes)["event.name"]] = record
	}
	return records
}

// Attributes returns the attributes that are strings.
func Attributes(attributes []*common.KeyValue) map[string]string {
	values := map[string]string{}
	for _, attribute := range attributes {
		if text, ok := attribute.Value.Value.(*common.AnyValue_StringValue); ok {
			values[attribute.Key] = text.StringValue
		}
	}
	return values
}

type (
	traceRequest    = collectortrace.ExportTraceServiceRequest
	traceResponse   = collectortrace.ExportTraceServiceResponse
	metricsRequest  = collectormetrics.ExportMetricsServiceRequest
	metricsResponse = collectormetrics.ExportMetricsServiceResponse
	logsRequest     = collectorlogs.ExportLogsServiceRequest
	logsResponse    = collectorlogs.ExportLogsServiceResponse
)

type traceReceiver struct {
	collectortrace.UnimplementedTraceServiceServer
	collector *Collector
}

func (r traceReceiver) Export(_ context.Context, request *traceRequest) (*traceResponse, error) {
	r.collector.mu.Lock()
	defer r.collector.mu.Unlock()
	for _, batch := range request.ResourceSpans {
		r.collector.resources = append(r.collector.resources, batch.Resource)
		for _, scope := range batch.ScopeSpans {
			r.collector.spans = append(r.collector.spans, scope.Spans...)
		}
	}
	return &traceResponse{}, nil
}

type metricsReceiver struct {
	collectormetrics.UnimplementedMetricsServiceServer
	collector *Collector
}

func (r metricsReceiver) Export(_ context.Context, request *metricsRequest) (*metricsResponse, error) {
	r.collector.mu.Lock()
	defer r.collector.mu.Unlock()
	for _, batch := range request.ResourceMetrics {
		r.collector.resources = append(r.collector.resources, batch.Resource)
		for _, scope := range batch.ScopeMetrics {
			r.collector.metrics = append(r.collector.metrics, scope.Metrics...)
		}
	}
	return &metricsResponse{}, nil
}

type logsReceiver struct {
	collectorlogs.UnimplementedLogsServiceServer
	collector *Collector
}

func (r logsReceiver) Export(_ context.Context, request *logsRequest) (*logsResponse, error) {
	r.collector.mu.Lock()
	defer r.collector.mu.Unlock()
	for _, batch := range request.ResourceLogs {
		r.collector.resources = append(r.collector.resources, batch.Resource)
		for _, scope := range batch.ScopeLogs {
			r.collector.records = append(r.collector.records, scope.LogRecords...)
		}
	}
	return &logsResponse{}, nil
}
