package telemetry

import sdkmetric "go.opentelemetry.io/otel/sdk/metric"

// Buckets of the histograms, the same in every service: telemetry.yaml lists them, with the latency objective among the seconds.
var (
	secondBuckets = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.3, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	usdBuckets    = []float64{10, 25, 50, 100, 200, 500, 1000, 2500, 5000, 10000}
)

// Views give every histogram explicit buckets that fit its unit.
func Views() []sdkmetric.View {
	return []sdkmetric.View{
		histogramView("s", sdkmetric.AggregationExplicitBucketHistogram{Boundaries: secondBuckets}),
		histogramView("{USD}", sdkmetric.AggregationExplicitBucketHistogram{Boundaries: usdBuckets}),
		// Sizes of bodies, which here are all alike: many series that would answer no question.
		histogramView("By", sdkmetric.AggregationDrop{}),
	}
}

func histogramView(unit string, aggregation sdkmetric.Aggregation) sdkmetric.View {
	return sdkmetric.NewView(
		sdkmetric.Instrument{Kind: sdkmetric.InstrumentKindHistogram, Unit: unit},
		sdkmetric.Stream{Aggregation: aggregation},
	)
}
