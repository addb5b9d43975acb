// Package testkit holds what the tests of several packages share.
package testkit

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Answer is what the provider says to one request.
type Answer struct {
	Status int
	Body   string
	Delay  time.Duration
	// RetryAfter is the header's value; empty for none.
	RetryAfter string
}

// Answers of the payment provider.
var (
	Success = Answer{Status: 200, Body: `{"transaction_id":"TXN-1","status":"success","amount":12.5,"currency":"USD",` +
		`"processed_at":"2026-01-02T03:04:05.678Z"}`}
	Refunded    = Answer{Status: 200, Body: `{"status":"refunded","transaction_id":"TXN-1"}`}
	Declined    = Answer{Status: 400, Body: `{"error":"Invalid payment details","status":"failed"}`}
	Voided      = Answer{Status: 409, Body: `{"error":"Transaction voided","status":"voided"}`}
	Fault       = Answer{Status: 500, Body: `{"error":"Internal payment processing error","status":"failed"}`}
	Unavailable = Answer{Status: 503, Body: `{"error":"Payment service temporarily unavailable","status":"failed"}`}
)

// Request is what the provider was asked.
type Request struct {
	Method string
	Path   string // escaped, as on the wire
	Header http.Header
	Body   string
}

// Provider answers over real HTTP as it is told.
type Provider struct {
	URL string

	mu        sync.Mutex
	answers   []Answer
	requests  []Request
	onRequest func()
}

// StartProvider gives the answers in turn, and the last one again and again.
func StartProvider(t testing.TB, answers ...Answer) *Provider {
	t.Helper()
	p := &Provider{answers: answers}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	answer := p.record(Request{r.Method, r.URL.EscapedPath(), r.Header, string(body)})
	delay(r.Context(), answer.Delay)
	w.Header().Set("Content-Type", "application/json")
	if answer.RetryAfter != "" {
		w.Header().Set("Retry-After", answer.RetryAfter)
	}
	w.WriteHeader(answer.Status)
	_, _ = io.WriteString(w, answer.Body)
}

func (p *Provider) record(request Request) Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, request)
	if p.onRequest != nil {
		p.onRequest()
	}
	answer := p.answers[0]
	if len(p.answers) > 1 {
		p.answers = p.answers[1:]
	}
	return answer
}

// Answer replaces the answers from now on.
func (p *Provider) Answer(answers ...Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = answers
}

// OnRequest calls the function whenever a request has arrived and before it is answered.
func (p *Provider) OnRequest(call func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onRequest = call
}

// Requests returns what the provider was asked so far.
func (p *Provider) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Request(nil), p.requests...)
}

// ClosedPort returns the URL of a port on which nothing listens.
func ClosedPort(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(nil)
	server.Close()
	return server.URL
}
