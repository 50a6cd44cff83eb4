//go:build goolm

package cryptostore

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/id"
)

// A pair is two accounts with a session from one to the other.
type pair struct {
	alice, bot *crypto.OlmAccount
	out, in    *crypto.OlmSession
}

func newPair(t testing.TB, at time.Time) pair {
	t.Helper()
	p := pair{alice: crypto.NewOlmAccount(), bot: crypto.NewOlmAccount()}
	must(t, p.bot.Internal.GenOneTimeKeys(1))
	keys, err := p.bot.Internal.OneTimeKeys()
	must(t, err)
	for _, key := range keys {
		out, err := p.alice.Internal.NewOutboundSession(p.bot.IdentityKey(), key)
		must(t, err)
		p.out = wrap(out, at)
	}
	_, text, err := p.out.Internal.Encrypt([]byte("hello"))
	must(t, err)
	p.in, err = p.bot.NewInboundSessionFrom(p.alice.IdentityKey(), string(text))
	must(t, err)
	_, err = p.in.Decrypt(string(text), id.OlmMsgTypePreKey)
	must(t, err)
	p.in = wrap(p.in.Internal, at)
	return p
}

func wrap(internal olm.Session, at time.Time) *crypto.OlmSession {
	s := &crypto.OlmSession{Internal: internal}
	s.CreationTime, s.LastEncryptedTime, s.LastDecryptedTime = at, at, at
	return s
}

func testOlm(b bench) {
	ctx := b.Context()
	const sender = "sender/key"
	sessions := func() crypto.OlmSessionList {
		b.Helper()
		return ask(b, func(m memory) (crypto.OlmSessionList, error) { return m.GetSessions(ctx, sender) })
	}
	newest := func() time.Time {
		b.Helper()
		return ask(b, func(m memory) (time.Time, error) { return m.GetNewestSessionCreationTS(ctx, sender) })
	}
	latest := func() *crypto.OlmSession {
		b.Helper()
		return ask(b, func(m memory) (*crypto.OlmSession, error) { return m.GetLatestSession(ctx, sender) })
	}
	b.yes(false, func(m memory) bool { return m.HasSession(ctx, sender) })
	same(b, "sessions", len(sessions()), 0)
	same(b, "latest", latest(), nil)
	same(b, "newest", newest(), time.Time{})

	p := newPair(b, here)
	b.do(func(m memory) error { return m.AddSession(ctx, sender, p.in) })
	b.yes(true, func(m memory) bool { return m.HasSession(ctx, sender) })
	b.yes(false, func(m memory) bool { return m.HasSession(ctx, "sender") })
	same(b, "id", latest().ID(), p.in.ID())
	if !newest().Equal(here) {
		b.Errorf("newest: %v", newest())
	}

	// Every message moves the ratchet; what is stored is where it stands.
	for i := range 4 {
		kind, text, err := p.out.Encrypt(fmt.Append(nil, i))
		must(b, err)
		s := sessions()[0]
		plain, err := s.Decrypt(string(text), kind)
		must(b, err)
		same(b, "text", string(plain), fmt.Sprint(i))
		b.do(func(m memory) error { return m.UpdateSession(ctx, sender, s) })
		_, text, err = s.Encrypt([]byte("back"))
		must(b, err)
		b.do(func(m memory) error { return m.UpdateSession(ctx, sender, s) })
		_, err = p.out.Decrypt(string(text), id.OlmMsgTypeMsg)
		must(b, err)
	}

	// A second one that decrypted later is the one to use.
	other := newPair(b, here.Add(time.Hour)).in
	if b.isRef { // sorts by something else
		other.LastEncryptedTime, other.LastDecryptedTime = time.Time{}, time.Time{}
		return
	}
	first := sessions()[0]
	first.LastDecryptedTime = here
	b.do(func(m memory) error { return m.UpdateSession(ctx, sender, first) })
	b.do(func(m memory) error { return m.AddSession(ctx, sender, other) })
	same(b, "number", len(sessions()), 2)
	same(b, "latest", latest().ID(), other.ID())
	if !newest().Equal(here.Add(time.Hour)) {
		b.Errorf("newest: %v", newest())
	}
	first.LastDecryptedTime = here.Add(2 * time.Hour)
	b.do(func(m memory) error { return m.UpdateSession(ctx, sender, first) })
	same(b, "latest", latest().ID(), first.ID())
	if got := latest(); !got.LastDecryptedTime.Equal(first.LastDecryptedTime) || !got.CreationTime.Equal(here) || !got.LastEncryptedTime.Equal(first.LastEncryptedTime) {
		b.Errorf("times: %+v", got.TimeMixin)
	}

	b.do(func(m memory) error { return m.DeleteSession(ctx, sender, first) })
	b.do(func(m memory) error { return m.UpdateSession(ctx, sender, first) }) // does not bring it back
	same(b, "number", len(sessions()), 1)
	same(b, "latest", latest().ID(), other.ID())
}

func testHashes(b bench) {
	ctx := b.Context()
	at := func(n byte) time.Time {
		b.Helper()
		return ask(b, func(m memory) (time.Time, error) { return m.GetOlmHash(ctx, [32]byte{n}) })
	}
	for i := range byte(100) {
		b.do(func(m memory) error {
			return m.PutOlmHash(ctx, [32]byte{i}, here.Add(time.Duration(i)*time.Minute))
		})
	}
	if !at(200).IsZero() || at(7).IsZero() {
		b.Error("a hash is not known, or known but not put")
	}
	if b.isRef { // forgets neither, and knows no time
		return
	}
	if !at(7).Equal(here.Add(7 * time.Minute)) {
		b.Errorf("handled at %v", at(7))
	}
	b.do(func(m memory) error { return m.DeleteOldOlmHashes(ctx, here.Add(90*time.Minute)) })
	if !at(89).IsZero() || !at(0).IsZero() || at(90).IsZero() || at(99).IsZero() {
		b.Error("the wrong ones were deleted")
	}
}
