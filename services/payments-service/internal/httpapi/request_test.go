package httpapi

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"webstore/payments-service/internal/testkit"
)

// with returns the valid body with one member replaced; a member without text is left out.
func with(t *testing.T, name, value string) string {
	t.Helper()
	members := []string{}
	found := false
	for _, member := range strings.Split(strings.Trim(validBody, "{}"), ",") {
		if strings.HasPrefix(member, `"`+name+`":`) {
			found = true
			if value == "" {
				continue
			}
			member = `"` + name + `":` + value
		}
		members = append(members, member)
	}
	if !found {
		t.Fatalf("there is no member %s", name)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func TestInvalidFields(t *testing.T) {
	s := startService(t, testkit.Success)
	long := func(length int) string { return `"` + strings.Repeat("x", length) + `"` }
	for _, test := range []struct{ field, value, message string }{
		{"amount", "", "is required"},
		{"amount", "null", "must be a number"},
		{"amount", `"12.50"`, "must be a number"},
		{"amount", "true", "must be a number"},
		{"amount", "[1]", "must be a number"},
		{"amount", "0", "must be greater than 0"},
		{"amount", "-1", "must be greater than 0"},
		{"amount", "12.345", "must have at most two decimals"},
		{"amount", "0.30000000000000004", "must have at most two decimals"},
		{"amount", "1000000.01", "must be at most 1000000.00"},
		{"amount", "1e400", "must be at most 1000000.00"},
		{"currency", "", "must be one of: USD"},
		{"currency", `"EUR"`, "must be one of: USD"},
		{"currency", `"usd"`, "must be one of: USD"},
		{"currency", "1", "must be a string"},
		{"country", "", "must have 1 to 16 characters"},
		{"country", `""`, "must have 1 to 16 characters"},
		{"country", long(17), "must have 1 to 16 characters"},
		{"country", "{}", "must be a string"},
		{"payment_method", "", "must be one of: credit_card, debit_card, paypal"},
		{"payment_method", `"cash"`, "must be one of: credit_card, debit_card, paypal"},
		{"user_id", "", "must have 1 to 128 characters"},
		{"user_id", "null", "must have 1 to 128 characters"},
		{"user_id", "7", "must be a string"},
		{"user_id", long(129), "must have 1 to 128 characters"},
		{"order_id", "17", "must be a string"},
		{"order_id", long(129), "must have 0 to 128 characters"},
	} {
		t.Run(test.field+" "+test.value, func(t *testing.T) {
			got := s.send(http.MethodPost, "/api/payments/process", with(t, test.field, test.value))
			s.expectProblem(got, http.StatusUnprocessableEntity, "validation-failed")
			want := []any{map[string]any{"field": test.field, "message": test.message}}
			if !reflect.DeepEqual(got.body["errors"], want) {
				t.Errorf("got %v, want %v", got.body["errors"], want)
			}
		})
	}
	if asked := len(s.provider.Requests()); asked != 0 {
		t.Errorf("the provider was asked %d times", asked)
	}
}

func TestValidFields(t *testing.T) {
	s := startService(t, testkit.Success)
	for _, test := range []struct{ field, value string }{
		{"amount", "0.01"}, {"amount", "1000000"}, {"amount", "1000000.00"}, {"amount", "1.25e1"}, {"amount", "12.5000"},
		{"country", `"XX"`}, {"country", `"ÄÖÜäöüßéèêçñ1234"`}, {"payment_method", `"paypal"`}, {"payment_method", `"debit_card"`},
		{"order_id", ""}, {"order_id", "null"}, {"order_id", `""`},
	} {
		if got := s.send(http.MethodPost, "/api/payments/process", with(t, test.field, test.value)); got.status != http.StatusOK {
			t.Errorf("%s %s: got %d %s", test.field, test.value, got.status, got.text)
		}
	}
	unknownField := strings.Replace(validBody, "{", `{"coupon":{"code":"X"},`, 1)
	if got := s.send(http.MethodPost, "/api/payments/process", unknownField); got.status != http.StatusOK {
		t.Errorf("an unknown field: got %d %s", got.status, got.text)
	}
}

func TestAllInvalidFieldsAreNamedAtOnce(t *testing.T) {
	s := startService(t, testkit.Success)
	for _, body := range []string{"{}", "null"} {
		got := s.send(http.MethodPost, "/api/payments/process", body)
		s.expectProblem(got, http.StatusUnprocessableEntity, "validation-failed")
		if errs := got.body["errors"].([]any); len(errs) != 5 {
			t.Errorf("%s: got %v", body, errs)
		}
	}
}

func TestUnreadableRequests(t *testing.T) {
	s := startService(t, testkit.Success)
	for name, test := range map[string]struct {
		body, contentType string
		status            int
		problem           string
	}{
		"empty body":        {"", "application/json", 400, "malformed-request"},
		"broken JSON":       {`{"amount":`, "application/json", 400, "malformed-request"},
		"number with zeros": {`{"amount":007}`, "application/json", 400, "malformed-request"},
		"not a number":      {`{"amount":NaN}`, "application/json", 400, "malformed-request"},
		"trailing garbage":  {validBody + "x", "application/json", 400, "malformed-request"},
		"two documents":     {validBody + validBody, "application/json", 400, "malformed-request"},
		"array":             {"[]", "application/json", 422, "validation-failed"},
		"string":            {`"x"`, "application/json", 422, "validation-failed"},
		"too large":         {validBody + strings.Repeat(" ", maxBodyBytes), "application/json", 413, "payload-too-large"},
		"no content type":   {validBody, "", 415, "unsupported-media-type"},
		"form":              {"amount=1", "application/x-www-form-urlencoded", 415, "unsupported-media-type"},
		"text":              {validBody, "text/plain", 415, "unsupported-media-type"},
		"odd content type":  {validBody, "application/json; charset", 415, "unsupported-media-type"},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.send(http.MethodPost, "/api/payments/process", test.body, "Content-Type", test.contentType)
			s.expectProblem(got, test.status, test.problem)
		})
	}
	if got := s.pay("Content-Type", "application/json; charset=utf-8"); got.status != http.StatusOK {
		t.Errorf("a content type with charset: got %d %s", got.status, got.text)
	}
}

func TestKeys(t *testing.T) {
	s := startService(t, testkit.Success)
	for key, want := range map[string]int{
		"order-17":                200,
		"!\"#$%&'()*+,-./:;<=>?~": 200,
		strings.Repeat("k", 255):  200,
		strings.Repeat("k", 256):  422,
		"":                        422,
		"two words":               422,
		"schlüssel":               422,
	} {
		if got := s.pay("Idempotency-Key", key); got.status != want {
			t.Errorf("%.20q: got %d %s, want %d", key, got.status, got.text, want)
		}
	}
	for _, path := range []string{"/api/payments/two%20words", "/api/payments/" + strings.Repeat("k", 256)} {
		s.expectProblem(s.send(http.MethodGet, path, ""), 422, "validation-failed")
		s.expectProblem(s.send(http.MethodPost, path+"/void", ""), 422, "validation-failed")
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	s := startService(t, testkit.Success)
	for _, test := range []struct {
		method, path string
		status       int
		problem      string
		allow        string
	}{
		{"GET", "/", 404, "not-found", ""},
		{"POST", "/api/payments", 404, "not-found", ""},
		{"GET", "/api/payments/key/other", 404, "not-found", ""},
		{"GET", "/API/payments/key", 404, "not-found", ""},
		{"PUT", "/api/payments/process", 405, "method-not-allowed", "GET, HEAD, POST"},
		{"DELETE", "/api/payments/key", 405, "method-not-allowed", "GET, HEAD"},
		{"GET", "/api/payments/key/void", 405, "method-not-allowed", "POST"},
		{"POST", "/health", 405, "method-not-allowed", "GET, HEAD"},
	} {
		got := s.send(test.method, test.path, "")
		s.expectProblem(got, test.status, test.problem)
		if allow := got.header.Get("Allow"); allow != test.allow {
			t.Errorf("%s %s allows %q, want %q", test.method, test.path, allow, test.allow)
		}
	}
}
