// Payments-service charges orders through the payment provider, once a key, however often it is asked.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.opentelemetry.io/otel"

	"webstore/payments-service/internal/config"
	"webstore/payments-service/internal/httpapi"
	"webstore/payments-service/internal/payment"
	"webstore/payments-service/internal/provider"
	"webstore/payments-service/internal/telemetry"
)

const (
	flushTimeout       = 5 * time.Second
	healthcheckTimeout = 2 * time.Second
)

func main() {
	healthcheck := flag.Bool("healthcheck", false, "ask the running service for its health and exit with 0 or 1")
	flag.Parse()
	run := serve
	if *healthcheck {
		run = checkHealth
	}
	if err := run(); err != nil {
		slog.New(slog.NewJSONHandler(os.Stderr, nil)).Error("payments-service failed", "exception.message", err.Error())
		os.Exit(1)
	}
}

func serve() error {
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	tel, err := telemetry.Start(ctx, cfg)
	if err != nil {
		return err
	}
	defer flush(tel)

	logger := tel.Logger
	client, err := provider.New(cfg.ProviderURL, provider.DefaultLimits, logger)
	if err != nil {
		return err
	}
	payments, err := payment.NewService(client, logger)
	if err != nil {
		return err
	}
	serverName := fmt.Sprintf("%s:%d", cfg.ServiceName, cfg.Port)
	server := httpapi.NewServer(cfg.Port, httpapi.NewHandler(payments, logger, serverName), logger)
	return httpapi.Serve(ctx, server, logger)
}

// flush sends what the queues still hold. A backend that is away is no reason to fail.
func flush(tel *telemetry.Telemetry) {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := tel.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}

// checkHealth is the container's health check: the image has neither a shell nor curl.
func checkHealth() error {
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	client := http.Client{Timeout: healthcheckTimeout}
	response, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/health", cfg.Port))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("health check answered %s", response.Status)
	}
	return nil
}
