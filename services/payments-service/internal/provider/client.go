// Package provider is the HTTP client of payment-provider.
package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/failsafe-go/failsafe-go"

	"webstore/payments-service/internal/payment"
)

const scope = "webstore/payments-service/provider"

// The provider's routes; as templates they have few values and name the spans.
const (
	processRoute     = "/api/payment/process"
	transactionRoute = "/api/payment/transactions/{key}"
	voidRoute        = transactionRoute + "/void"
)

// maxAnswerBytes bounds what is read of an answer; a real one has less than 1 KiB.
const maxAnswerBytes = 16 << 10

// Client implements [payment.Provider] over HTTP. It is safe for concurrent use.
type Client struct {
	baseURL    string
	http       *http.Client
	limits     Limits
	breaker    *breaker
	rejections *rejections
	executor   failsafe.Executor[payment.Transaction]
}

var _ payment.Provider = (*Client)(nil)

// New makes a client for the provider at baseURL, such as "http://payment-provider:3001". It uses the global tracer and
// meter providers, and fails when an instrument cannot be made.
func New(baseURL string, limits Limits, logger *slog.Logger) (*Client, error) {
	breaker, breakerErr := newBreaker(limits, logger)
	retry, retryErr := newRetry(limits, breaker)
	bulkhead, bulkheadErr := newBulkhead(limits)
	rejections, rejectionsErr := newRejections()
	// The bulkhead is outermost: what it refuses says nothing of the provider, so neither is it retried nor does the breaker count it.
	executor := failsafe.With(bulkhead, retry, breaker.policy)
	client := &Client{baseURL, newHTTPClient(limits.Requests), limits, breaker, rejections, executor}
	return client, errors.Join(breakerErr, retryErr, bulkheadErr, rejectionsErr)
}

// request is one use of the provider, which may take several attempts.
type request struct {
	method    string
	route     string
	key       string
	body      []byte
	interpret interpreter
}

type chargeBody struct {
	Amount   payment.Cents `json:"amount"`
	Currency string        `json:"currency"`
	Country  string        `json:"country"`
	Method   string        `json:"payment_method"`
}

// Charge implements [payment.Provider].
func (c *Client) Charge(ctx context.Context, key string, charge payment.Charge) (payment.Transaction, error) {
	body, err := json.Marshal(chargeBody{charge.Amount, charge.Currency, charge.Country, charge.Method})
	if err != nil {
		return payment.Transaction{}, classify(err, false)
	}
	return c.call(ctx, request{http.MethodPost, processRoute, key, body, chargeAnswer})
}

// Lookup implements [payment.Provider].
func (c *Client) Lookup(ctx context.Context, key string) (payment.Transaction, error) {
	return c.call(ctx, request{http.MethodGet, transactionRoute, key, nil, lookupAnswer})
}

// Void implements [payment.Provider].
func (c *Client) Void(ctx context.Context, key string) (payment.Transaction, error) {
	return c.call(ctx, request{http.MethodPost, voidRoute, key, nil, voidAnswer})
}

func (c *Client) call(ctx context.Context, req request) (payment.Transaction, error) {
	ctx, cancel := context.WithTimeout(ctx, c.limits.Total)
	defer cancel()
	defer c.breaker.reportChanges(ctx)
	var everConnected bool
	found, err := c.executor.WithContext(ctx).GetWithExecution(
		func(execution failsafe.Execution[payment.Transaction]) (payment.Transaction, error) {
			found, connected, err := c.send(ctx, req, execution.Retries())
			everConnected = everConnected || connected
			return found, err
		})
	c.rejections.report(ctx, err)
	return found, classify(err, everConnected)
}

// send makes one attempt, and tells whether it got a connection. All attempts of a charge carry the same key, so that none of
// them charges again.
func (c *Client) send(ctx context.Context, req request, retries int) (found payment.Transaction, connected bool, err error) {
	ctx, cancel := context.WithTimeout(withAttempt(ctx, attempt{req.route, retries}), c.limits.Attempt)
	defer cancel()
	var gotConnection atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { gotConnection.Store(true) },
	})
	found, err = c.exchange(ctx, req)
	connected = gotConnection.Load()
	return found, connected, classify(err, connected)
}

func (c *Client) exchange(ctx context.Context, req request) (payment.Transaction, error) {
	httpRequest, err := c.newHTTPRequest(ctx, req)
	if err != nil {
		return payment.Transaction{}, err
	}
	response, err := c.http.Do(httpRequest)
	if err != nil {
		return payment.Transaction{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if err != nil {
		return payment.Transaction{}, err
	}
	found, err := req.interpret(response.StatusCode, body)
	return found, withRetryAfter(err, response.Header)
}

func (c *Client) newHTTPRequest(ctx context.Context, req request) (*http.Request, error) {
	path := strings.ReplaceAll(req.route, "{key}", url.PathEscape(req.key))
	httpRequest, err := http.NewRequestWithContext(ctx, req.method, c.baseURL+path, bytes.NewReader(req.body))
	if err == nil && req.body != nil {
		httpRequest.Header.Set("Content-Type", "application/json")
		// Lets the provider recognise a repetition, net/http's own on a connection that just went stale included.
		httpRequest.Header.Set("Idempotency-Key", req.key)
	}
	return httpRequest, err
}
