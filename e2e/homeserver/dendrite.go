package homeserver

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build gives the path of the program, which lies in Go's build cache.
func build(t testing.TB) string {
	t.Helper()
	module := strings.TrimSpace(output(t, exec.Command("go", "list", "-f", "{{.Dir}}", "lotse/e2e/homeserver")))
	cmd := exec.Command("go", "tool", "-n", "dendrite") // builds it, and only names it
	cmd.Dir = filepath.Join(module, "dendrite")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return strings.TrimSpace(output(t, cmd))
}

func output(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, complaint.Bytes())
	}
	return string(out)
}

// config is as little as Dendrite starts with. Its queue lies on disk as everything
// else does: what it has accepted survives Kill.
const config = `version: 2
global:
  server_name: localhost
  private_key: key.pem
  disable_federation: true
  jetstream: {storage_path: ./queue}
client_api:
  registration_disabled: false
  rate_limiting: {enabled: false}
user_api:
  account_database: {connection_string: "file:accounts.db"}
  bcrypt_cost: 4
federation_api:
  key_perspectives: []
  database: {connection_string: "file:federation.db"}
key_server: {database: {connection_string: "file:keys.db"}}
media_api:
  base_path: ./media
  database: {connection_string: "file:media.db"}
mscs: {database: {connection_string: "file:mscs.db"}}
relay_api: {database: {connection_string: "file:relay.db"}}
room_server: {database: {connection_string: "file:rooms.db"}}
sync_api: {database: {connection_string: "file:sync.db"}}
logging: [{type: std, level: warn}]
`

var databases = []string{"accounts", "federation", "keys", "media", "mscs", "relay", "rooms", "sync"}

// furnish fills the folder Dendrite starts in.
func furnish(dir string) error {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // never fails
	files := map[string][]byte{
		"config.yaml": []byte(config),
		"key.pem":     pem.EncodeToMemory(&pem.Block{Type: "MATRIX PRIVATE KEY", Headers: map[string]string{"Key-ID": "ed25519:auto"}, Bytes: seed}),
	}
	for _, name := range databases {
		files[name+".db"] = emptyDatabase()
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return fmt.Errorf("furnishing the homeserver: %w", err)
		}
	}
	return nil
}

// emptyDatabase is an SQLite database without tables, in WAL mode. That mode is a
// property of the file, and the only way to give it to Dendrite, which cuts pragmas
// from a connection string: in the mode it would choose its readers and writers lock
// each other out, and now and then it stays that way.
//
// The offsets are those of https://www.sqlite.org/fileformat2.html#the_database_header
func emptyDatabase() []byte {
	const size = 4096
	page := make([]byte, size)
	copy(page, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(page[16:], size)
	page[18], page[19] = 2, 2                 // written and read with a WAL
	page[21], page[22], page[23] = 64, 32, 32 // the only fractions there are
	binary.BigEndian.PutUint32(page[24:], 1)  // changes
	binary.BigEndian.PutUint32(page[28:], 1)  // pages
	binary.BigEndian.PutUint32(page[44:], 4)  // schema format
	binary.BigEndian.PutUint32(page[56:], 1)  // UTF-8
	binary.BigEndian.PutUint32(page[92:], 1)  // changes when the number of pages was valid
	page[100] = 13                            // a leaf of a table, without cells
	binary.BigEndian.PutUint16(page[105:], size)
	return page
}
