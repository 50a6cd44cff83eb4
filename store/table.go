package store

import (
	"strings"
	"time"
)

// An Owner says with whose key the values of a Kind are sealed.
type Owner string

// The owners.
const (
	Open   Owner = "open"   // nobody's and no secret: schema number, wrapped keys
	House  Owner = "house"  // about nobody: sealed with the house key
	Person Owner = "person" // sealed with the key of the person named in the row's key
	Memory Owner = "memory" // what precedes consent: sealed with a key held only in process memory
)

// Nobody stands where a person's ID would stand, in a row that belongs to none:
// it is sealed with the house key.
const Nobody = "-"

// A Kind declares one kind of record. Sealing, erasure, export, retention and
// the privacy page read this, so none of them can forget a kind.
type Kind struct {
	Name  string // first segment of the key
	Owner Owner
	// At is the segment that holds the person's ID, counted from 1 after Name,
	// when Owner is Person or Memory: in "inquiry/PID/ID" it is 1.
	At int
	// Keep is how long a row may live after Since; 0 is: as long as its owner.
	Keep  time.Duration
	Since string // what Keep counts from
	// Export says how the row appears in "what is stored about me"; "" is: not,
	// because About says why it tells nothing about a person.
	Export string
	About  string // what it is, in one sentence
}

// A Table declares every kind of record there is.
type Table []Kind

// Kind finds the kind of a key.
func (t Table) Kind(key string) (Kind, bool) {
	name, _, _ := strings.Cut(key, "/")
	for _, k := range t {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Whose is the person a key belongs to: Nobody when there is none, "" when the
// key has no such segment.
func (k Kind) Whose(key string) string {
	if k.At == 0 {
		return Nobody
	}
	for range k.At {
		_, rest, ok := strings.Cut(key, "/")
		if !ok {
			return ""
		}
		key = rest
	}
	who, _, _ := strings.Cut(key, "/")
	return who
}
