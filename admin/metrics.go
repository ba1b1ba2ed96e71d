package admin

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the server's own. Label values are bounded: patterns of the mux,
// statuses, kinds of refusal.
type metrics struct {
	requests     *prometheus.CounterVec
	seconds      *prometheus.HistogramVec
	refused      *prometheus.CounterVec
	streams      prometheus.Gauge
	panics       prometheus.Counter
	certificates prometheus.Counter
	unaudited    prometheus.Counter
}

// newMetrics makes the metrics and registers them, where there is a registerer.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_admin_requests_total", Help: "Requests to the admin API by route and HTTP status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "meridian_admin_request_duration_seconds", Help: "Time to answer a request to the admin API.",
			Buckets:                     []float64{.001, .005, .025, .1, .5, 2.5, 10},
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160,
		}, []string{"route"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "meridian_admin_refused_requests_total", Help: "Requests refused before they reached a route, by reason.",
		}, []string{"reason"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "meridian_admin_event_streams", Help: "Event streams open now.",
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "meridian_admin_panics_total", Help: "Requests that ended in a recovered panic.",
		}),
		certificates: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "meridian_admin_client_certificates_refused_total", Help: "Client certificates that were expired or not signed by a client CA.",
		}),
		unaudited: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "meridian_admin_audit_failures_total", Help: "Audit entries that could not be written when they were due.",
		}),
	}
	if r == nil {
		return m, nil
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.refused, m.streams, m.panics, m.certificates, m.unaudited} {
		errs = append(errs, r.Register(c))
	}
	return m, errors.Join(errs...)
}

// instrument counts and times requests by the mux pattern that took them.
func (m *metrics) instrument(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		route := r.Pattern
		if route == "" || route == "/" {
			route = "none"
		}
		m.requests.WithLabelValues(route, strconv.Itoa(rec.status)).Inc()
		m.seconds.WithLabelValues(route).Observe(time.Since(start).Seconds())
	})
}

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }
