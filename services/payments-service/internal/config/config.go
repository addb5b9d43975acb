// Package config reads the service's settings from environment variables.
package config

import (
	"log/slog"

	"github.com/caarlos0/env/v11"
)

// Version is the service's own version, reported as service.version.
const Version = "0.1.0"

// Config holds every setting. Variables of the OpenTelemetry specification that are not here (OTEL_RESOURCE_ATTRIBUTES,
// OTEL_METRIC_EXPORT_INTERVAL, OTEL_BSP_*, OTEL_BLRP_*) are read by the SDK itself.
type Config struct {
	Port        int        `env:"PORT" envDefault:"8081"`
	LogLevel    slog.Level `env:"LOG_LEVEL" envDefault:"info"`
	ProviderURL string     `env:"PAYMENT_PROVIDER_URL" envDefault:"http://payment-provider:3001"`

	ServiceName string `env:"OTEL_SERVICE_NAME" envDefault:"payments-service"`
	// OTLPEndpoint is a gRPC endpoint; its scheme decides: http without TLS, https with TLS.
	OTLPEndpoint string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" envDefault:"http://otel-collector:4317"`
	SDKDisabled  bool   `env:"OTEL_SDK_DISABLED" envDefault:"false"`
	// PyroscopeAddress is where profiles are pushed; empty means no profiling.
	PyroscopeAddress string `env:"PYROSCOPE_SERVER_ADDRESS"`
}

// Load reads the environment. It fails when a value cannot be parsed.
func Load() (Config, error) {
	return env.ParseAs[Config]()
}
