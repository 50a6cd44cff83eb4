package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// A Master is the key that wraps all others. It hides itself from printing; and
// being a function, which prints as an address, also where it is a field of
// something printed and its methods are not called.
type Master struct{ key func() [keySize]byte }

const hidden = "(master key)"

// String hides the key.
func (Master) String() string { return hidden }

// Format hides the key from every verb, %#v and those for numbers too.
func (Master) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// LogValue hides the key.
func (Master) LogValue() slog.Value { return slog.StringValue(hidden) }

func (m Master) aead() (cipher.AEAD, error) {
	if m.key == nil {
		return nil, errors.New("seal: no master key given")
	}
	key := m.key()
	a, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return a, nil
}

// secretsDir is where container engines put secrets, readable by all inside the
// container, because they know nothing of its users.
const secretsDir = "/run/secrets"

// MasterFile reads the master key from a file: 32 bytes as one line of standard
// base64 (RFC 4648 §4). An absent file is made, with a random key, mode 0600, and
// is on disk when MasterFile returns; except under /run/secrets, which does not
// outlive a restart. A file that others than its owner may use in any way is
// refused, except there.
func MasterFile(path string) (Master, error) {
	return masterFile(path, secretsDir)
}

func masterFile(path, secrets string) (Master, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Master{}, fmt.Errorf("master key file: %w", err)
	}
	rel, err := filepath.Rel(secrets, abs)
	secret := err == nil && filepath.IsLocal(rel)
	m, err := readMaster(abs, secret)
	if !errors.Is(err, fs.ErrNotExist) || secret {
		return m, err
	}
	if err := createMaster(abs); err != nil {
		return Master{}, fmt.Errorf("making the master key file: %w", err)
	}
	return readMaster(abs, secret)
}

// maxMasterFile is the size beyond which a file cannot be a key file.
const maxMasterFile = 1 << 10

func readMaster(path string, secret bool) (Master, error) {
	f, err := os.Open(path)
	if err != nil {
		return Master{}, fmt.Errorf("master key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Master{}, fmt.Errorf("master key file: %w", err)
	}
	if !secret && info.Mode()&0o077 != 0 {
		return Master{}, fmt.Errorf("master key file %s: others can use it (mode %#o); run chmod 600 on it", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, maxMasterFile))
	if err != nil {
		return Master{}, fmt.Errorf("master key file: %w", err)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keySize {
		// err would quote from the key.
		return Master{}, fmt.Errorf("master key file %s: it must hold %d bytes as one line of base64 (%d characters)",
			path, keySize, base64.StdEncoding.EncodedLen(keySize))
	}
	return Master{func() [keySize]byte { return [keySize]byte(key) }}, nil
}

// createMaster writes a new key file, never over another.
func createMaster(path string) error {
	dir := filepath.Dir(path)
	if err := makeDir(dir); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was first: its key is the key
	}
	if err != nil {
		return err
	}
	key := make([]byte, keySize)
	rand.Read(key)
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close(), syncDir(dir)); err != nil {
		return errors.Join(err, os.Remove(path)) // half a key would stop every later start
	}
	return nil
}

// makeDir makes a folder and its missing parents, so that they survive the death
// of the machine: a store elsewhere may, and is lost without the key.
func makeDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeDir(filepath.Dir(dir)); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// syncDir makes the name of a new file survive the death of the machine.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
