package seal

import (
	"crypto/cipher"
	"fmt"
	"strings"

	"lotse/store"
)

// A reader opens what it reads, as View says.
type reader struct {
	d      *DB
	in     store.Reader
	people []person // whose key this transaction has read
}

// A person is somebody's key as one transaction sees it: nil when there is none.
type person struct {
	id  string
	key cipher.AEAD
}

func (r *reader) Get(key string) ([]byte, error) {
	k, err := r.kind(key)
	if err != nil {
		return nil, err
	}
	value, err := r.in.Get(key)
	if err != nil || value == nil {
		return nil, err
	}
	return r.open(k, key, value)
}

func (r *reader) Scan(prefix, after string, limit int) ([]store.Pair, error) {
	pairs, err := r.in.Scan(prefix, after, limit)
	if err != nil {
		return nil, err
	}
	for i, p := range pairs {
		k, err := r.kind(p.Key)
		if err != nil {
			return nil, err
		}
		if pairs[i].Value, err = r.open(k, p.Key, p.Value); err != nil {
			return nil, err
		}
	}
	return pairs, nil
}

// open opens the value of a row; nil when its key is gone.
func (r *reader) open(k store.Kind, row string, sealed []byte) ([]byte, error) {
	var key cipher.AEAD
	var err error
	switch k.Owner {
	case store.Open:
		return sealed, nil
	case store.Memory:
		if len(sealed) < memoryPrefix {
			return nil, tampered(k.Name)
		}
		key, err = r.d.memory.opener(sealed[:memoryPrefix])
		sealed = sealed[memoryPrefix:]
	default:
		key, err = r.durable(k, row)
	}
	if err != nil || key == nil {
		return nil, err
	}
	value, ok := openValue(key, row, sealed)
	if !ok {
		return nil, tampered(k.Name)
	}
	return value, nil
}

// durable is the key of a row of the house or of a person; nil when the person
// has none.
func (r *reader) durable(k store.Kind, row string) (cipher.AEAD, error) {
	if k.Owner == store.House {
		return r.d.house, nil
	}
	switch id := k.Whose(row); id {
	case "":
		return nil, fmt.Errorf("%w: kind %s without the segment of its person", ErrUndeclared, k.Name)
	case store.Nobody:
		return r.d.house, nil
	default:
		return r.person(id)
	}
}

// person reads somebody's key in this very transaction, so that the store sees
// the conflict with an erasure going on at the same time.
func (r *reader) person(id string) (cipher.AEAD, error) {
	for _, p := range r.people {
		if p.id == id {
			return p.key, nil
		}
	}
	row := keyRow(id)
	wrapped, err := r.in.Get(row)
	if err != nil {
		return nil, err
	}
	p := person{id: id}
	if wrapped != nil {
		if p.key, err = r.d.people.unwrap(id, row, wrapped); err != nil {
			return nil, err
		}
	}
	r.people = append(r.people, p)
	return p.key, nil
}

func (r *reader) kind(row string) (store.Kind, error) {
	name, _, _ := strings.Cut(row, "/")
	k, ok := r.d.kinds[name]
	if !ok {
		return k, fmt.Errorf("%w%s", ErrUndeclared, named(row))
	}
	return k, nil
}

// named tells the kind of an undeclared row if it reads like one: anything else
// could be somebody's number that was taken for a row key.
func named(row string) string {
	name, _, ok := strings.Cut(row, "/")
	if !ok || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	return ": kind " + name
}

// A tx is a reader that seals what it writes.
type tx struct {
	reader
	out       store.Tx
	failed    error    // the first Put that could not be sealed
	forgotten []string // whose key was deleted
}

func (t *tx) Put(key string, value []byte) {
	if t.failed != nil {
		return
	}
	sealed, err := t.seal(key, value)
	if err != nil {
		t.failed = err
		return
	}
	t.out.Put(key, sealed)
	t.reread(key)
}

func (t *tx) Delete(key string) {
	t.out.Delete(key)
	if id := t.reread(key); id != "" {
		t.forgotten = append(t.forgotten, id)
	}
}

func (t *tx) seal(row string, value []byte) ([]byte, error) {
	k, err := t.kind(row)
	if err != nil {
		return nil, err
	}
	switch k.Owner {
	case store.Open:
		return value, nil
	case store.Memory:
		if k.Whose(row) == "" {
			return nil, fmt.Errorf("%w: kind %s without the segment of its person", ErrUndeclared, k.Name)
		}
		key, prefix, err := t.d.memory.sealer()
		if err != nil {
			return nil, err
		}
		return sealValue(key, prefix[:], row, value), nil
	}
	key, err := t.durable(k, row)
	if err != nil {
		return nil, err
	}
	if key == nil {
		return nil, fmt.Errorf("%w: kind %s", ErrNoKey, k.Name)
	}
	return sealValue(key, nil, row, value), nil
}

// reread drops what this transaction knows of a person's key that it has just
// written; it returns whose, "" when the row is no key.
func (t *tx) reread(row string) string {
	id, ok := strings.CutPrefix(row, keyKind+"/")
	if !ok {
		return ""
	}
	for i, p := range t.people {
		if p.id == id {
			t.people = append(t.people[:i], t.people[i+1:]...)
			break
		}
	}
	return id
}
