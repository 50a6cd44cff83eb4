//go:build goolm

package cryptostore

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/id"
)

// The keys of pickles are constants: pickles are in rows that are sealed, and the
// cipher of pickles is no protection (crypto/goolm/libolmpickle says so). Each kind
// has its own, because goolm believes what a pickle says if only its MAC is right:
// one of another kind could make it ask for any amount of memory.
const (
	accountKey  = "lotse account"
	olmKey      = "lotse olm"
	inboundKey  = "lotse inbound"
	outboundKey = "lotse outbound"
)

// An account is the device's own keys.
type account struct {
	Pickle string              `json:"p"`
	Shared bool                `json:"shared,omitempty"` // the server knows the device's keys
	Backup id.KeyBackupVersion `json:"backup,omitempty"`
}

// Flush does nothing: every call that returned is durable.
func (s *Store) Flush(context.Context) error { return s.Err() }

// PutAccount implements crypto.Store.
func (s *Store) PutAccount(ctx context.Context, a *crypto.OlmAccount) error {
	pickle, err := a.Internal.Pickle([]byte(accountKey))
	if err != nil {
		return fmt.Errorf("cryptostore: account: %w", err)
	}
	return s.put(ctx, s.key("mxaccount"), account{string(pickle), a.Shared, a.KeyBackupVersion})
}

// GetAccount implements crypto.Store. The machine asks once, when it is loaded.
// One-time keys that were not yet marked as published count as such: perhaps they
// were uploaded and then the process died, and a key that is offered twice is used
// by two people, of whom the second cannot be understood. Others are made instead.
func (s *Store) GetAccount(ctx context.Context) (*crypto.OlmAccount, error) {
	row := s.key("mxaccount")
	a, found, err := get[account](ctx, s, row)
	if err != nil || !found {
		return nil, err
	}
	internal := olm.NewBlankAccount()
	if internal.Unpickle([]byte(a.Pickle), []byte(accountKey)) != nil {
		return nil, badRecord(row)
	}
	internal.MarkKeysAsPublished()
	return &crypto.OlmAccount{Internal: internal, Shared: a.Shared, KeyBackupVersion: a.Backup}, nil
}

// PutSecret implements crypto.Store.
func (s *Store) PutSecret(ctx context.Context, name id.Secret, value string) error {
	return s.put(ctx, s.secret(name), value)
}

// GetSecret implements crypto.Store; "" when there is none.
func (s *Store) GetSecret(ctx context.Context, name id.Secret) (string, error) {
	value, _, err := get[string](ctx, s, s.secret(name))
	return value, err
}

// DeleteSecret implements crypto.Store.
func (s *Store) DeleteSecret(ctx context.Context, name id.Secret) error {
	return s.remove(ctx, s.secret(name))
}

func (s *Store) secret(name id.Secret) string {
	return s.key("mxsecret", s.cfg.Index("matrix secret", string(name)))
}
