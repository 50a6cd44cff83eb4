//go:build goolm

package cryptostore

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/id"
)

func testAccount(b bench) {
	b.do(func(m memory) error { return m.Flush(b.Context()) })
	get := func() *crypto.OlmAccount {
		return ask(b, func(m memory) (*crypto.OlmAccount, error) { return m.GetAccount(b.Context()) })
	}
	if a := get(); a != nil {
		b.Fatal("an account that nobody put")
	}
	a := crypto.NewOlmAccount()
	must(b, a.Internal.GenOneTimeKeys(3))
	put := func() { b.do(func(m memory) error { return m.PutAccount(b.Context(), a) }) }
	put()
	same(b, "shared", get().Shared, false)
	a.Shared, a.KeyBackupVersion = true, "7"
	put()
	got := get()
	same(b, "identity", got.IdentityKey(), a.IdentityKey())
	same(b, "signing key", got.SigningKey(), a.SigningKey())
	same(b, "shared", got.Shared, true)
	same(b, "backup", got.KeyBackupVersion, "7")
	keys, err := a.Internal.OneTimeKeys()
	must(b, err)
	offered, err := got.Internal.OneTimeKeys()
	must(b, err)
	if !b.isRef { // does not restart
		same(b, "keys offered again", len(offered), 0)
	}
	for _, key := range keys { // they are kept all the same
		out, err := crypto.NewOlmAccount().Internal.NewOutboundSession(a.IdentityKey(), key)
		must(b, err)
		_, text, err := out.Encrypt([]byte("hello"))
		must(b, err)
		in, err := got.Internal.NewInboundSession(string(text))
		must(b, err)
		plain, err := in.Decrypt(string(text), id.OlmMsgTypePreKey)
		must(b, err)
		same(b, "text", string(plain), "hello")
	}
}

func testSecrets(b bench) {
	expect := func(name id.Secret, want string) {
		b.Helper()
		same(b, string(name), ask(b, func(m memory) (string, error) { return m.GetSecret(b.Context(), name) }), want)
	}
	expect("a/b", "")
	for name, value := range map[id.Secret]string{"a/b": "1", "": "2", "ä": strings.Repeat("x", 1000)} {
		b.do(func(m memory) error { return m.PutSecret(b.Context(), name, value) })
		expect(name, value)
	}
	b.do(func(m memory) error { return m.PutSecret(b.Context(), "a/b", "3") })
	expect("a/b", "3")
	b.do(func(m memory) error { return m.DeleteSecret(b.Context(), "a/b") })
	b.do(func(m memory) error { return m.DeleteSecret(b.Context(), "never") })
	expect("a/b", "")
	expect("", "2")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
