//go:build goolm

package cryptostore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// A homeserver keeps keys and to-device messages of users with one device each,
// called DEV; a user's ID is the access token. It is the transport of its clients.
type homeserver struct {
	mu      sync.Mutex
	devices map[id.UserID]json.RawMessage
	offers  map[id.UserID][]offer // one-time keys; each is given away once
	claimed map[string]bool
	inbox   map[id.UserID][]json.RawMessage // never forgotten: a token is a place in it
	joined  []id.UserID                     // in the order of their first keys
}

type offer struct {
	id  id.KeyID
	key json.RawMessage
}

func newHomeserver() *homeserver {
	return &homeserver{
		devices: map[id.UserID]json.RawMessage{}, offers: map[id.UserID][]offer{},
		claimed: map[string]bool{}, inbox: map[id.UserID][]json.RawMessage{},
	}
}

func (h *homeserver) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	user := id.UserID(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	path := strings.TrimPrefix(r.URL.Path, "/_matrix/client/v3")
	var answer any
	switch {
	case path == "/keys/upload":
		answer, err = h.upload(user, body)
	case path == "/keys/query":
		answer, err = h.query(body)
	case path == "/keys/claim":
		answer, err = h.claim(body)
	case strings.HasPrefix(path, "/sendToDevice/"):
		answer, err = struct{}{}, h.send(user, strings.Split(path, "/")[2], body)
	default:
		err = fmt.Errorf("no such request: %s", path)
	}
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(raw)), Request: r}, nil
}

func (h *homeserver) upload(user id.UserID, body []byte) (any, error) {
	var req struct {
		DeviceKeys  json.RawMessage              `json:"device_keys"`
		OneTimeKeys map[id.KeyID]json.RawMessage `json:"one_time_keys"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, err
	}
	if req.DeviceKeys != nil {
		if h.devices[user] == nil {
			h.joined = append(h.joined, user)
		} else if !bytes.Equal(h.devices[user], req.DeviceKeys) {
			return nil, fmt.Errorf("device of %s has other keys now", user)
		}
		h.devices[user] = req.DeviceKeys
	}
	for name, key := range req.OneTimeKeys {
		if h.claimed[string(user)+string(key)] {
			return nil, fmt.Errorf("one-time key of %s is offered again after it was given away", user)
		}
		h.offers[user] = append(h.offers[user], offer{name, key})
	}
	return map[string]any{"one_time_key_counts": map[string]int{"signed_curve25519": len(h.offers[user])}}, nil
}

func (h *homeserver) query(body []byte) (any, error) {
	var req struct {
		DeviceKeys map[id.UserID]any `json:"device_keys"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, err
	}
	keys := map[id.UserID]any{}
	for user := range req.DeviceKeys {
		if device := h.devices[user]; device != nil {
			keys[user] = map[string]any{"DEV": device}
		}
	}
	return map[string]any{"device_keys": keys}, nil
}

func (h *homeserver) claim(body []byte) (any, error) {
	var req struct {
		OneTimeKeys map[id.UserID]any `json:"one_time_keys"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, err
	}
	keys := map[id.UserID]any{}
	for user := range req.OneTimeKeys {
		if all := h.offers[user]; len(all) > 0 {
			h.offers[user] = all[1:]
			h.claimed[string(user)+string(all[0].key)] = true
			keys[user] = map[string]any{"DEV": map[id.KeyID]any{all[0].id: all[0].key}}
		}
	}
	return map[string]any{"one_time_keys": keys}, nil
}

func (h *homeserver) send(sender id.UserID, kind string, body []byte) error {
	var req struct {
		Messages map[id.UserID]map[string]json.RawMessage `json:"messages"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return err
	}
	for user, devices := range req.Messages {
		for _, content := range devices {
			evt, err := json.Marshal(map[string]any{"sender": sender, "type": kind, "content": content})
			if err != nil {
				return err
			}
			h.inbox[user] = append(h.inbox[user], evt)
		}
	}
	return nil
}

// sync tells what came after since: at most three messages at once.
func (h *homeserver) sync(t testing.TB, user id.UserID, since string) *mautrix.RespSync {
	h.mu.Lock()
	defer h.mu.Unlock()
	var mail, people int
	if since != "" {
		if _, err := fmt.Sscanf(since, "%d.%d", &mail, &people); err != nil {
			t.Error(err)
		}
	}
	resp := &mautrix.RespSync{}
	for _, raw := range h.inbox[user][mail:min(mail+3, len(h.inbox[user]))] {
		evt := &event.Event{}
		if err := json.Unmarshal(raw, evt); err != nil {
			t.Error(err)
		}
		evt.Type.Class = event.ToDeviceEventType
		if err := evt.Content.ParseRaw(evt.Type); err != nil {
			t.Error(err)
		}
		resp.ToDevice.Events = append(resp.ToDevice.Events, evt)
		mail++
	}
	resp.DeviceLists.Changed = h.joined[people:]
	resp.DeviceOTKCount.SignedCurve25519 = len(h.offers[user])
	resp.NextBatch = strconv.Itoa(mail) + "." + strconv.Itoa(len(h.joined))
	return resp
}
