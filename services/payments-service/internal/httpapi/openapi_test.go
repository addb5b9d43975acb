package httpapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"webstore/payments-service/internal/testkit"
)

func TestOpenAPIAgreesWithTheRoutes(t *testing.T) {
	var document struct {
		OpenAPI string                                `json:"openapi"`
		Paths   map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(openAPIDocument, &document); err != nil {
		t.Fatal(err)
	}
	var documented []string
	for path, operations := range document.Paths {
		for method := range operations {
			documented = append(documented, strings.ToUpper(method)+" "+path)
		}
	}
	a := &api{instrument: otelhttp.NewMiddleware("")}
	routed := slices.Collect(maps.Keys(a.routes()))
	slices.Sort(documented)
	slices.Sort(routed)
	if !strings.HasPrefix(document.OpenAPI, "3.1.") || !slices.Equal(documented, routed) {
		t.Errorf("OpenAPI %s documents %v, the routes are %v", document.OpenAPI, documented, routed)
	}
}

func TestOpenAPIReferencesResolve(t *testing.T) {
	var document map[string]any
	if err := json.Unmarshal(openAPIDocument, &document); err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(string(openAPIDocument), `"$ref": "#/`) {
		reference, _, found := strings.Cut(part, `"`)
		if !found || strings.HasPrefix(part, "{") {
			continue
		}
		var target any = document
		for name := range strings.SplitSeq(reference, "/") {
			target = target.(map[string]any)[name]
		}
		if target == nil {
			t.Errorf("#/%s does not exist", reference)
		}
	}
}

func TestOpenAPIIsServed(t *testing.T) {
	s := startService(t, testkit.Success)
	got := s.send(http.MethodGet, "/openapi.json", "")
	if got.status != http.StatusOK || got.body["openapi"] != "3.1.0" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %.100s", got.status, got.text)
	}
}
