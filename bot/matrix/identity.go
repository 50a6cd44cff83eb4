//go:build goolm

package matrix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/ssss"
	"maunium.net/go/mautrix/id"
)

// introduce makes sure that the server has the keys of this device and no others, and
// that the account vouches for it. Without the latter people's clients show a warning,
// which is no reason not to work.
func (s *session) introduce(ctx context.Context) error {
	user, device := s.client.UserID, s.client.DeviceID
	known, err := s.client.QueryKeys(ctx, &mautrix.ReqQueryKeys{DeviceKeys: mautrix.DeviceKeysRequest{user: nil}})
	if err != nil {
		return fault("own keys", err)
	}
	if err := s.publish(ctx, known.DeviceKeys[user][device].Keys.GetEd25519(device)); err != nil {
		return err
	}
	if err := s.vouch(ctx, known); err != nil {
		if ctx.Err() != nil || s.store.Err() != nil {
			return err
		}
		s.log.Warn("people's clients will warn of the bot, because its account does not vouch for this device; it is tried again at the next start, lotse doctor says more", "err", err)
	}
	return nil
}

// publish uploads the device's keys unless the server has them. A process that died
// between the upload and its own note of it finds them there.
func (s *session) publish(ctx context.Context, theirs id.Ed25519) error {
	account := s.mach.GetAccount()
	switch {
	case theirs == "":
		account.Shared = false
	case theirs != account.SigningKey():
		return setting(otherKeys)
	case account.Shared:
		return nil
	default:
		account.Shared = true
		return s.store.PutAccount(ctx, account)
	}
	return fault("publishing keys", s.mach.ShareKeys(ctx, -1))
}

// vouch lets the account confirm this device (cross-signing). The private keys of
// that lie encrypted at the server, so they are fetched at each start.
func (s *session) vouch(ctx context.Context, known *mautrix.RespQueryKeys) error {
	user, device := s.client.UserID, s.client.DeviceID
	masters, selves := known.MasterKeys[user], known.SelfSigningKeys[user]
	master, self := masters.FirstKey(), selves.FirstKey()
	if master == "" {
		if err := s.found(ctx); err != nil {
			return err
		}
		return s.sign(ctx)
	}
	recovery, err := s.recoveryKey()
	if err != nil {
		return err
	}
	if err := s.unlock(ctx, recovery); err != nil {
		return err
	}
	if s.mach.CrossSigningKeys.MasterKey.PublicKey() != master {
		return errors.New("matrix: the recovery key belongs to keys that do not count any more")
	}
	if _, signed := known.DeviceKeys[user][device].Signatures[user][id.NewKeyID(id.KeyAlgorithmEd25519, string(self))]; signed {
		return nil
	}
	return s.sign(ctx)
}

// found makes the account's keys. The recovery key is in its file before anything
// depends on it, and the server gets the public keys last: until then the next start
// begins anew.
func (s *session) found(ctx context.Context) error {
	key, err := s.recovery(ctx)
	if err != nil {
		return err
	}
	keys, err := s.mach.GenerateCrossSigningKeys()
	if err != nil {
		return fmt.Errorf("matrix: keys of the account: %w", err)
	}
	if err := s.mach.UploadCrossSigningKeysToSSSS(ctx, key, keys); err != nil {
		return fault("keeping the account's keys", err)
	}
	if err := s.mach.SSSS.SetDefaultKeyID(ctx, key.ID); err != nil {
		return fault("recovery key", err)
	}
	return fault("publishing the account's keys", s.mach.PublishCrossSigningKeys(ctx, keys, s.prove))
}

// recovery is the key that everything secret of the account is encrypted with, a new
// one if it has none. One that somebody else made is not replaced.
func (s *session) recovery(ctx context.Context) (*ssss.Key, error) {
	name, err := s.mach.SSSS.GetDefaultKeyID(ctx)
	switch err = fault("recovery key", err); {
	case err == nil && name != "":
		words, err := s.recoveryKey()
		if err != nil {
			return nil, err
		}
		return s.open(ctx, words)
	case err != nil && !errors.Is(err, ssss.ErrNoDefaultKeyID) && !says(err, "M_NOT_FOUND"):
		return nil, err
	case s.o.RecoveryKey != "":
		return nil, errors.New("matrix: LOTSE_MATRIX_RECOVERY_KEY is given, but the account has nothing to recover: take it away")
	}
	key, err := s.mach.SSSS.GenerateAndUploadKey(ctx, "")
	if err != nil {
		return nil, fault("recovery key", err)
	}
	if err := writeSecret(s.o.RecoveryFile, key.RecoveryKey()); err != nil {
		return nil, fmt.Errorf("matrix: recovery key: %w", err)
	}
	return key, nil
}

// prove shows once more who asks, where the server wants that.
func (s *session) prove(asked *mautrix.RespUserInteractive) any {
	return &mautrix.ReqUIAuthLogin{
		BaseAuthData: mautrix.BaseAuthData{Type: mautrix.AuthTypePassword, Session: asked.Session},
		User:         string(s.client.UserID), Password: s.o.Password,
	}
}

// recoveryKey is the one in the settings, or that of the file.
func (s *session) recoveryKey() (string, error) {
	if s.o.RecoveryKey != "" {
		return s.o.RecoveryKey, nil
	}
	raw, err := os.ReadFile(s.o.RecoveryFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("matrix: somebody else made the account's keys: set LOTSE_MATRIX_RECOVERY_KEY")
	}
	if err != nil {
		return "", fmt.Errorf("matrix: recovery key: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// unlock fetches the account's private keys.
func (s *session) unlock(ctx context.Context, recovery string) error {
	key, err := s.open(ctx, recovery)
	if err != nil {
		return err
	}
	return fault("recovery", s.mach.FetchCrossSigningKeysFromSSSS(ctx, key))
}

// open makes a key of a recovery key.
func (s *session) open(ctx context.Context, recovery string) (*ssss.Key, error) {
	name, data, err := s.mach.SSSS.GetDefaultKeyData(ctx)
	if err != nil {
		return nil, fault("recovery", err)
	}
	key, err := data.VerifyRecoveryKey(name, recovery)
	if err != nil && !errors.Is(err, ssss.ErrUnverifiableKey) {
		return nil, errors.New("matrix: the recovery key is not that of the account: correct LOTSE_MATRIX_RECOVERY_KEY")
	}
	return key, nil
}

// sign lets account and device confirm each other.
func (s *session) sign(ctx context.Context) error {
	if err := s.mach.SignOwnDevice(ctx, s.mach.OwnIdentity()); err != nil {
		return fault("confirming the device", err)
	}
	return fault("confirming the account", s.mach.SignOwnMasterKey(ctx))
}

// writeSecret writes a file that only its owner can read, whole or not at all.
func writeSecret(path, secret string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".recovery-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.WriteString(secret + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
