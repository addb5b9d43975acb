package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// drainTimeout is how long requests in flight may take after the stop signal: longer than any call of the provider.
const drainTimeout = 10 * time.Second

// NewServer makes a server for all interfaces that bounds what a caller may take.
func NewServer(port int, handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Addr:              fmt.Sprintf(":%d", port),
		Handler:           handler,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 2 * time.Second,  // a caller that sends headers byte by byte holds no connection
		ReadTimeout:       5 * time.Second,  // the same for bodies, which are small (maxBodyBytes)
		WriteTimeout:      15 * time.Second, // from the end of the headers: reading, the call of the provider and writing
		IdleTimeout:       60 * time.Second, // longer than callers keep connections in their pools, so that they close them first
		MaxHeaderBytes:    16 << 10,
	}
}

// Serve answers requests until ctx ends, then stops accepting and waits for those in flight. It fails when the port cannot be
// opened or when requests outlast drainTimeout.
func Serve(ctx context.Context, server *http.Server, logger *slog.Logger) error {
	listener, err := net.Listen("tcp", server.Addr)
	if err != nil {
		return err
	}
	logger.Info("service started", "event.name", "service.started", "server.port", listener.Addr().(*net.TCPAddr).Port)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	logger.Info("service stopping", "event.name", "service.stopping")
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	return server.Shutdown(draining)
}
