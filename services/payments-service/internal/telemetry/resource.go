package telemetry

import (
	"context"
	"os"

	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"webstore/payments-service/internal/config"
)

// newResource describes this process. OTEL_RESOURCE_ATTRIBUTES overrides the defaults and adds to them.
func newResource(ctx context.Context, cfg config.Config) (*resource.Resource, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	return resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(
			semconv.ServiceVersion(config.Version),
			semconv.ServiceNamespace("webstore"),
			// The host name outlives a restart of the container, so that series do not fork.
			semconv.ServiceInstanceID(host),
		),
		resource.WithFromEnv(),
		resource.WithAttributes(semconv.ServiceName(cfg.ServiceName)),
	)
}
