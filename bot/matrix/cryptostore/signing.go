//go:build goolm

package cryptostore

import (
	"context"
	"strings"

	"maunium.net/go/mautrix/id"

	"lotse/store"
)

// A crossKey is a cross-signing key, and the first that was ever seen in its place.
type crossKey struct {
	Key   id.Ed25519 `json:"k"`
	First id.Ed25519 `json:"first"`
}

func (s *Store) crossRow(user id.UserID) string { return s.key("mxcross", s.user(user)) }

// PutCrossSigningKey implements crypto.Store. The first key of a usage is
// remembered for ever.
func (s *Store) PutCrossSigningKey(ctx context.Context, user id.UserID, usage id.CrossSigningUsage, key id.Ed25519) error {
	row := s.crossRow(user)
	return s.write(ctx, func(tx store.Tx) error {
		keys, _, err := load[map[id.CrossSigningUsage]crossKey](tx, row)
		if err != nil {
			return err
		}
		first := key
		if old, ok := keys[usage]; ok {
			if first = old.First; old.Key == key {
				return nil
			}
		}
		if keys == nil {
			keys = map[id.CrossSigningUsage]crossKey{}
		}
		keys[usage] = crossKey{key, first}
		raw, err := encode(keys)
		if err == nil {
			tx.Put(row, raw)
		}
		return err
	})
}

// GetCrossSigningKeys implements crypto.Store.
func (s *Store) GetCrossSigningKeys(ctx context.Context, user id.UserID) (map[id.CrossSigningUsage]id.CrossSigningKey, error) {
	keys, _, err := get[map[id.CrossSigningUsage]crossKey](ctx, s, s.crossRow(user))
	if err != nil {
		return nil, err
	}
	all := make(map[id.CrossSigningUsage]id.CrossSigningKey, len(keys))
	for usage, key := range keys {
		all[usage] = id.CrossSigningKey(key)
	}
	return all, nil
}

// A signature was made by a key.
type signature struct {
	Key       id.Ed25519 `json:"k"`
	Signature string     `json:"s"`
}

// signatureRows begins the rows of what one key has signed, signed ends the one
// of a key that it signed.
func (s *Store) signatureRows(signer id.UserID, key id.Ed25519) string {
	return s.key("mxsignature", s.user(signer), s.cfg.Index("matrix signing key", string(key)), "")
}

func (s *Store) signed(user id.UserID, key id.Ed25519) string {
	return s.cfg.Index("matrix signed key", string(user), string(key))
}

// PutSignature implements crypto.Store.
func (s *Store) PutSignature(ctx context.Context, user id.UserID, key id.Ed25519, signer id.UserID, signerKey id.Ed25519, text string) error {
	return s.put(ctx, s.signatureRows(signer, signerKey)+s.signed(user, key), signature{signerKey, text})
}

// IsKeySignedBy implements crypto.Store.
func (s *Store) IsKeySignedBy(ctx context.Context, user id.UserID, key id.Ed25519, signer id.UserID, signerKey id.Ed25519) (bool, error) {
	_, found, err := get[signature](ctx, s, s.signatureRows(signer, signerKey)+s.signed(user, key))
	return found, err
}

// GetSignaturesForKeyBy implements crypto.Store.
func (s *Store) GetSignaturesForKeyBy(ctx context.Context, user id.UserID, key id.Ed25519, signer id.UserID) (map[id.Ed25519]string, error) {
	all := map[id.Ed25519]string{}
	end := "/" + s.signed(user, key)
	err := s.read(ctx, func(r store.Reader) error {
		return each(r, s.key("mxsignature", s.user(signer), ""), func(row store.Pair) error {
			if !strings.HasSuffix(row.Key, end) {
				return nil
			}
			v, err := decode[signature](row.Key, row.Value)
			all[v.Key] = v.Signature
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// DropSignaturesByKey implements crypto.Store.
func (s *Store) DropSignaturesByKey(ctx context.Context, signer id.UserID, key id.Ed25519) (int64, error) {
	n, err := s.sweep(ctx, s.signatureRows(signer, key), everything)
	return int64(n), err
}
