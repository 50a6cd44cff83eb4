// Package foreign is a person with a client that nobody here wrote: matrix-js-sdk, the
// library of Element Web, whose encryption is written in Rust. What it reads and shows
// is what people will read and be shown.
//
// It needs Node and npm. Its packages are those of the lock file in client/; the first
// test fetches them into the user's cache folder.
package foreign

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

//go:embed client
var client embed.FS

// install gives a folder in which the client can run.
func install(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	packages, err := fetch()
	if err == nil {
		err = os.Symlink(packages, filepath.Join(dir, "node_modules"))
	}
	if err == nil {
		err = unpack(dir, "client.mjs", "polyfill.mjs")
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// fetch gives the folder of the packages, which it makes unless an earlier test has.
// Two at the same time make two, and one is kept.
func fetch() (string, error) {
	lock, err := client.ReadFile("client/package-lock.json")
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "lotse-e2e", fmt.Sprintf("%x", sha256.Sum256(lock)))
	packages := filepath.Join(folder, "node_modules")
	if _, err := os.Stat(packages); err == nil {
		return packages, nil
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", err
	}
	made, err := os.MkdirTemp(filepath.Dir(folder), "new")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(made)
	if err := unpack(made, "package.json", "package-lock.json"); err != nil {
		return "", err
	}
	npm := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = made
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	if err := os.Rename(made, folder); err != nil && !os.IsExist(err) {
		return "", err
	}
	return packages, nil
}

func unpack(dir string, names ...string) error {
	for _, name := range names {
		data, err := client.ReadFile("client/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
