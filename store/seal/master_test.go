package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMasterFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "master.key")
	made, err := MasterFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"a": 0o700 | fs.ModeDir, "a/b": 0o700 | fs.ModeDir, "a/b/master.key": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	read, err := MasterFile(path)
	if err != nil || read.key() != made.key() {
		t.Errorf("read again: another key, %v", err)
	}
	if other := newMaster(t); other.key() == made.key() {
		t.Error("two files with one key")
	}
}

func TestMasterFileRefused(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), keySize))
	tests := map[string]struct {
		text string
		mode fs.FileMode
		dir  string // below it
		want string // in the error; "" is accepted
	}{
		"good":              {good + "\n", 0o600, "data", ""},
		"read only":         {good, 0o400, "data", ""},
		"group reads":       {good, 0o640, "data", "chmod 600"},
		"others read":       {good, 0o604, "data", "chmod 600"},
		"others write":      {good, 0o602, "data", "chmod 600"},
		"secret":            {good, 0o444, "run/secrets", ""},
		"secret below":      {good, 0o444, "run/secrets/lotse", ""},
		"nearly secret":     {good, 0o444, "run/secrets2", "chmod 600"},
		"out of secrets":    {good, 0o444, "run/secrets/../x", "chmod 600"},
		"empty":             {"", 0o600, "data", "32 bytes"},
		"too short":         {good[:40], 0o600, "data", "32 bytes"},
		"too long":          {good[:40] + good, 0o600, "data", "32 bytes"},
		"two lines":         {good + "\n" + good, 0o600, "data", "32 bytes"},
		"not base64":        {strings.Repeat("k?", 22), 0o600, "data", "32 bytes"},
		"a very large file": {strings.Repeat(good, 1000), 0o600, "data", "32 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			path := root + "/" + test.dir + "/key"
			if err := os.MkdirAll(filepath.Dir(filepath.Clean(path)), 0o700); err != nil {
				t.Fatal(err)
			}
			os.MkdirAll(root+"/run/secrets", 0o700)
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil { // past the umask
				t.Fatal(err)
			}
			m, err := masterFile(path, root+"/run/secrets")
			if test.want == "" {
				if err != nil || m.key() != [keySize]byte(bytes.Repeat([]byte("k"), keySize)) {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || m.key != nil {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if err != nil && len(test.text) > 8 && strings.Contains(err.Error(), test.text[:8]) {
				t.Errorf("the error quotes the key: %v", err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != test.text {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
	root := t.TempDir()
	if _, err := masterFile(filepath.Join(root, "lotse"), root); err == nil {
		t.Error("made a key where it does not last")
	}
}

func TestMasterHides(t *testing.T) {
	m := newMaster(t)
	text := &bytes.Buffer{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%o", "%b"} {
		fmt.Fprintf(text, verb+"\n", m)
		fmt.Fprintf(text, verb+"\n", struct{ m Master }{m})
		fmt.Fprintf(text, verb+"\n", struct{ M *Master }{&m})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(text, nil), slog.NewJSONHandler(text, nil)} {
		slog.New(h).Info("start", "key", m, "in", struct{ M Master }{m})
	}
	//lint:ignore SA9005 that nothing of the key is encoded is what is tested
	if err := json.NewEncoder(text).Encode(m); err != nil {
		t.Fatal(err)
	}
	text.WriteString(m.String())
	bits := m.key()
	key := bits[:]
	for _, form := range []string{
		base64.StdEncoding.EncodeToString(key)[:8], fmt.Sprintf("%x", key[:4]), string(key[:4]),
		strings.Trim(fmt.Sprint(key[:3]), "[]"), strings.Trim(fmt.Sprintf("%o", key[:3]), "[]"),
		strings.Trim(fmt.Sprintf("%b", key[:3]), "[]"), fmt.Sprintf("%#x, %#x", key[0], key[1]),
	} {
		if strings.Contains(text.String(), form) {
			t.Errorf("shows %q in\n%s", form, text)
		}
	}
	if !strings.Contains(text.String(), hidden) {
		t.Error("nothing was printed")
	}
}
