package telemetry

import (
	"context"

	"github.com/grafana/pyroscope-go"

	"webstore/payments-service/internal/config"
)

// startProfiles pushes CPU, heap and goroutine profiles, unless no server is configured.
func (t *Telemetry) startProfiles(cfg config.Config, failures *failureLog) error {
	if cfg.PyroscopeAddress == "" {
		return nil
	}
	profiler, err := pyroscope.Start(pyroscope.Config{
		ApplicationName: cfg.ServiceName,
		ServerAddress:   cfg.PyroscopeAddress,
		Logger:          failures,
		ProfileTypes:    append(pyroscope.DefaultProfileTypes, pyroscope.ProfileGoroutines),
		Tags:            map[string]string{"service_namespace": "webstore", "service_version": config.Version},
	})
	if err != nil {
		return err
	}
	t.stops = append(t.stops, func(context.Context) error {
		profiler.Flush(true)
		return profiler.Stop()
	})
	return nil
}
