package provider

import "time"

// Limits bound how long and how often the provider is asked.
type Limits struct {
	Attempt    time.Duration // one attempt, answer included
	Total      time.Duration // all attempts of one call with the pauses between them
	Retries    int           // attempts after the first
	RetryDelay time.Duration // before the first retry; doubles, with a jitter of half
	// The breaker opens when, of at least BreakerCalls attempts within BreakerWindow, half or more failed.
	BreakerCalls  uint
	BreakerWindow time.Duration
	BreakerDelay  time.Duration // from open to the first trial
	Requests      uint          // calls at once, and the size of the connection pool
	RequestWait   time.Duration // how long one more call waits for its turn
}

// DefaultLimits: an attempt may take several times the provider's normal latency. The breaker judges enough attempts to stay
// closed at the failure rates of a normal day, and few enough to open within seconds of an outage. Requests exceeds main-service's
// connection pool. tests/config/test_times.py compares.
var DefaultLimits = Limits{
	Attempt:       2 * time.Second,
	Total:         5 * time.Second,
	Retries:       2,
	RetryDelay:    100 * time.Millisecond,
	BreakerCalls:  20,
	BreakerWindow: 10 * time.Second,
	BreakerDelay:  5 * time.Second,
	Requests:      128,
	RequestWait:   time.Second,
}

const (
	maxRetryDelay      = time.Second
	breakerFailureRate = 0.5
	breakerTrials      = 2 // successes that close a half-open breaker
)
