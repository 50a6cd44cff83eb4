package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"lotse/bot/chat"
	"lotse/bot/platformtest"
	"lotse/bot/web"
)

func TestPlatform(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.Network {
		p := &page{t: t, options: web.Options{
			Dir:    t.TempDir(),
			People: []web.Person{{ID: "rima", Name: "Rima", Lang: "ar"}},
			Staff:  []web.Person{{ID: "berger", Name: "Frau Berger", Lang: "de"}},
			Now:    time.Now,
		}}
		return platformtest.Network{
			Platform: p.open(), Room: chat.Address{Platform: web.Platform, Room: "rima"}, Once: true, Units: web.MaxMessage,
			Speak: func(text string) { p.post("say", map[string]any{"room": "rima", "from": "rima", "text": text}) },
			Press: func(on, b string) {
				p.post("press", map[string]any{"room": "rima", "from": "rima", "message": on, "button": b})
			},
			Block:   func() { p.post("block", map[string]any{"room": "rima", "blocked": true}) },
			Break:   func() { p.web.Close() },
			Restart: p.open,
			Shown:   p.shown,
		}
	})
}

// page is the browser of a person.
type page struct {
	t       *testing.T
	options web.Options
	web     *web.Web
	server  *httptest.Server
}

func (p *page) open() chat.Platform {
	if p.web != nil {
		p.web.Close()
	}
	w, err := web.New(p.options)
	if err != nil {
		p.t.Fatal(err)
	}
	p.web, p.server = w, httptest.NewServer(w.Handler())
	p.t.Cleanup(p.server.Close)
	p.t.Cleanup(func() { w.Close() }) // a second Close only fails
	return w
}

func (p *page) post(path string, body map[string]any) {
	p.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.Post(p.server.URL+"/api/"+path, "application/json", bytes.NewReader(raw))
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s", path, r.Status)
	}
}

func (p *page) shown() []platformtest.Shown {
	p.t.Helper()
	r, err := http.Get(p.server.URL + "/api/state")
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	var state struct {
		Rooms []struct {
			ID       string
			Messages []struct {
				From string
				platformtest.Shown
			}
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&state); err != nil {
		p.t.Fatal(err)
	}
	var all []platformtest.Shown
	for _, room := range state.Rooms {
		for _, m := range room.Messages {
			if room.ID == "rima" && m.From == "" {
				all = append(all, m.Shown)
			}
		}
	}
	return all
}
