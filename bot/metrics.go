package bot

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics tells Prometheus what /healthz tells people: numbers about rooms and networks,
// none about anybody. It looks when it is asked and keeps nothing.
type metrics struct{ b *Bot }

var (
	metricStore   = prometheus.NewDesc("lotse_store_up", "1 while the data file works.", nil, nil)
	metricDeaf    = prometheus.NewDesc("lotse_network_up", "1 while the network is heard.", []string{"network"}, nil)
	metricRoom    = prometheus.NewDesc("lotse_desk_room_up", "1 while the desk's room on the network has everything that is needed and is reached.", []string{"network"}, nil)
	metricLacks   = prometheus.NewDesc("lotse_desk_room_lacks", "1 for each thing that the bot lacks in the desk's room: chat.Lack.", []string{"network", "lack"}, nil)
	metricMute    = prometheus.NewDesc("lotse_desk_room_mute_seconds", "For how long nothing has arrived in the desk's room; 0 when it does.", []string{"network"}, nil)
	metricStuck   = prometheus.NewDesc("lotse_stuck_chats", "Chats that cannot be written to at the moment, up to 100.", nil, nil)
	metricSince   = prometheus.NewDesc("lotse_oldest_stuck_seconds", "For how long the longest of them.", nil, nil)
	metricDamaged = prometheus.NewDesc("lotse_damaged_messages", "Messages of the last 30 days that could not be read when they were to be sent, up to 100.", nil, nil)
)

// Describe implements prometheus.Collector.
func (m metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{metricStore, metricDeaf, metricRoom, metricLacks, metricMute, metricStuck, metricSince, metricDamaged} {
		to <- d
	}
}

// scrapeWithin is how long a look at the store may take.
const scrapeWithin = 5 * time.Second

// Collect implements prometheus.Collector.
func (m metrics) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	h, err := m.b.Health(ctx)
	gauge(metricStore, oneIf(err == nil))
	for name := range m.b.platforms {
		gauge(metricDeaf, oneIf(h.Deaf[name] == ""), name)
	}
	if err != nil { // nothing of the rest is known
		return
	}
	now := m.b.cfg.Now()
	for name, room := range h.Rooms {
		gauge(metricRoom, oneIf(room.OK), name)
		for _, lack := range room.Lacks {
			gauge(metricLacks, 1, name, string(lack))
		}
		gauge(metricMute, secondsSince(room.Mute, now), name)
	}
	gauge(metricStuck, float64(h.Stuck))
	gauge(metricSince, secondsSince(h.Since, now))
	gauge(metricDamaged, float64(h.Damaged))
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// secondsSince is 0 for the zero time, and when the clock was set back.
func secondsSince(then, now time.Time) float64 {
	if then.IsZero() {
		return 0
	}
	return max(0, now.Sub(then).Seconds())
}

// Metrics serves GET /metrics for Prometheus. It is for those who look after the server
// and holds nothing about people.
func (b *Bot) Metrics() http.Handler {
	registry := prometheus.NewRegistry() // our own: the default one is a global
	registry.MustRegister(metrics{b})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}
