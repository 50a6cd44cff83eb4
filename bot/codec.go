package bot

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"lotse/store"
)

// Records are CBOR (RFC 8949), with the names of their json tags: half the time
// and two thirds of the bytes of JSON, for every step and every message sent.

// encoding writes times as text (RFC 8949 §3.4.1): no float takes a nanosecond away.
var encoding = must(cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.EncMode())

// decoding reads whatever was written: what a network calls text need not be UTF-8,
// and a row that cannot be read would be lost.
var decoding = must(cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode())

func must[T any](mode T, err error) T {
	if err != nil {
		panic("bot: " + err.Error()) // unreachable: the options are the constants above
	}
	return mode
}

// load reads a record; found is false when there is none.
func load[T any](r store.Reader, key string) (v T, found bool, err error) {
	raw, err := r.Get(key)
	if err != nil || raw == nil {
		return v, false, err
	}
	err = unpack(key, raw, &v)
	return v, err == nil, err
}

// unpack reads the record of a row.
func unpack[T any](key string, raw []byte, v *T) error {
	if err := decoding.Unmarshal(raw, v); err != nil {
		return badRecord(key)
	}
	return nil
}

// badRecord names the kind only: keys hold people's IDs, the reason could quote
// what they wrote, and errors are logged.
func badRecord(key string) error {
	kind, _, _ := strings.Cut(key, "/")
	return fmt.Errorf("%w of kind %q", errRecord, kind)
}

// errRecord is a record that cannot be read, however often it is tried.
var errRecord = errors.New("damaged record")

// save writes a record. What can be stored is plain data: it always encodes.
func save(tx store.Tx, key string, v any) {
	raw, err := encoding.Marshal(v)
	if err != nil {
		panic("bot: record cannot be written: " + err.Error()) // unreachable unless a record holds a func or a channel
	}
	tx.Put(key, raw)
}
