//go:build goolm

package cryptostore

import (
	"fmt"
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"
)

// newDevices are n devices of a user.
func newDevices(user id.UserID, n int) map[id.DeviceID]*id.Device {
	all := map[id.DeviceID]*id.Device{}
	for i := range n {
		d := &id.Device{UserID: user, DeviceID: id.DeviceID(fmt.Sprintf("D%d", i)), Trust: id.TrustState(i%5 - 2), Deleted: i%7 == 6,
			IdentityKey: id.Curve25519(fmt.Sprintf("%s%040d", user, i)), SigningKey: id.Ed25519(fmt.Sprintf("signing%d", i))}
		all[d.DeviceID] = d
	}
	return all
}

func testDevices(b bench) {
	ctx := b.Context()
	const user = "@a:x"
	devices := func() map[id.DeviceID]*id.Device {
		b.Helper()
		return ask(b, func(m memory) (map[id.DeviceID]*id.Device, error) { return m.GetDevices(ctx, user) })
	}
	device := func(name id.DeviceID) *id.Device {
		b.Helper()
		return ask(b, func(m memory) (*id.Device, error) { return m.GetDevice(ctx, user, name) })
	}
	byKey := func(key id.IdentityKey) *id.Device {
		b.Helper()
		return ask(b, func(m memory) (*id.Device, error) { return m.FindDeviceByKey(ctx, user, key) })
	}
	same(b, "unknown user", devices(), nil)
	same(b, "unknown user", device("D0"), nil)
	same(b, "unknown user", byKey("k"), nil)

	own := newDevices(user, 1)["D0"]
	b.do(func(m memory) error { return m.PutDevice(ctx, user, own) })
	same(b, "one device", device("D0"), own)
	same(b, "one device", byKey(own.IdentityKey), own)
	if !b.isRef { // counts the user as known, and the machine would never ask for the other devices
		same(b, "not tracked", devices(), nil)
	}

	for _, n := range []int{3, 1500, 2, 700, 0, 5} { // 1500 are more than one row can hold
		want := newDevices(user, n)
		b.do(func(m memory) error { return m.PutDevices(ctx, user, maps.Clone(want)) })
		same(b, "all", devices(), want)
		for _, i := range []int{0, n / 2, n - 1} {
			d := want[id.DeviceID(fmt.Sprintf("D%d", i))]
			if d == nil {
				continue
			}
			same(b, "by name", device(d.DeviceID), d)
			same(b, "by key", byKey(d.IdentityKey), d)
		}
		same(b, "unknown", device("E"), nil)
		same(b, "unknown", byKey("E"), nil)
	}
	other := ask(b, func(m memory) (map[id.DeviceID]*id.Device, error) { return m.GetDevices(ctx, "@b:x") })
	same(b, "other user", other, nil)

	want := newDevices(user, 5)
	changed, added := newDevices(user, 9)["D8"], newDevices(user, 9)["D7"]
	changed.DeviceID = "D3"
	want["D3"], want["D7"] = changed, added
	b.do(func(m memory) error { return m.PutDevice(ctx, user, changed) })
	b.do(func(m memory) error { return m.PutDevice(ctx, user, added) })
	same(b, "after PutDevice", devices(), want)
}

func testTracked(b bench) {
	ctx := b.Context()
	var all, asked, known []id.UserID
	for i := range 120 {
		user := id.UserID(fmt.Sprintf("@%03d:x", i))
		asked = append(asked, user)
		if i%3 == 0 {
			continue
		}
		known = append(known, user)
		all = append(all, user)
		b.do(func(m memory) error { return m.PutDevices(ctx, user, newDevices(user, i%2)) })
	}
	filtered := ask(b, func(m memory) ([]id.UserID, error) { return m.FilterTrackedUsers(ctx, slices.Clone(asked)) })
	same(b, "tracked", filtered, known)
	outdated := func() []id.UserID {
		b.Helper()
		users := ask(b, func(m memory) ([]id.UserID, error) { return m.GetOutdatedTrackedUsers(ctx) })
		slices.Sort(users)
		return users
	}
	same(b, "outdated at first", len(outdated()), 0)
	b.do(func(m memory) error { return m.MarkTrackedUsersOutdated(ctx, slices.Clone(asked)) })
	same(b, "outdated", outdated(), all)
	b.do(func(m memory) error { return m.PutDevices(ctx, all[0], nil) })
	same(b, "outdated but one", outdated(), all[1:])
	same(b, "devices stay", len(ask(b, func(m memory) (map[id.DeviceID]*id.Device, error) { return m.GetDevices(ctx, "@001:x") })), 0)
}

func testCrossSigning(b bench) {
	ctx := b.Context()
	get := func(user id.UserID) map[id.CrossSigningUsage]id.CrossSigningKey {
		b.Helper()
		return ask(b, func(m memory) (map[id.CrossSigningUsage]id.CrossSigningKey, error) {
			return m.GetCrossSigningKeys(ctx, user)
		})
	}
	same(b, "before", len(get("@a:x")), 0)
	put := func(user id.UserID, usage id.CrossSigningUsage, key id.Ed25519) {
		b.do(func(m memory) error { return m.PutCrossSigningKey(ctx, user, usage, key) })
	}
	put("@a:x", id.XSUsageMaster, "m1")
	put("@a:x", id.XSUsageSelfSigning, "s1")
	put("@a:x", id.XSUsageMaster, "m2")
	put("@a:x", id.XSUsageMaster, "m3")
	put("@b:x", id.XSUsageMaster, "x")
	same(b, "keys", get("@a:x"), map[id.CrossSigningUsage]id.CrossSigningKey{
		id.XSUsageMaster: {Key: "m3", First: "m1"}, id.XSUsageSelfSigning: {Key: "s1", First: "s1"},
	})
}

func testSignatures(b bench) {
	ctx := b.Context()
	put := func(user id.UserID, key id.Ed25519, signer id.UserID, signerKey id.Ed25519, text string) {
		b.do(func(m memory) error { return m.PutSignature(ctx, user, key, signer, signerKey, text) })
	}
	by := func(user id.UserID, key id.Ed25519, signer id.UserID) map[id.Ed25519]string {
		b.Helper()
		return ask(b, func(m memory) (map[id.Ed25519]string, error) { return m.GetSignaturesForKeyBy(ctx, user, key, signer) })
	}
	signed := func(user id.UserID, key id.Ed25519, signer id.UserID, signerKey id.Ed25519, want bool) {
		b.Helper()
		same(b, "signed", ask(b, func(m memory) (bool, error) { return m.IsKeySignedBy(ctx, user, key, signer, signerKey) }), want)
	}
	same(b, "before", len(by("@a:x", "k", "@a:x")), 0)
	signed("@a:x", "k", "@a:x", "m", false)
	put("@a:x", "k", "@a:x", "m", "1")
	put("@a:x", "k", "@a:x", "n", "2")
	put("@a:x", "k", "@b:x", "m", "3")
	put("@a:x", "l", "@a:x", "m", "4")
	put("@b:x", "k", "@a:x", "m", "5")
	put("@a:x", "k", "@a:x", "m", "6")
	same(b, "by a", by("@a:x", "k", "@a:x"), map[id.Ed25519]string{"m": "6", "n": "2"})
	same(b, "by b", by("@a:x", "k", "@b:x"), map[id.Ed25519]string{"m": "3"})
	signed("@a:x", "k", "@a:x", "m", true)
	signed("@a:x", "k", "@b:x", "n", false)
	for i := range 100 {
		put("@a:x", id.Ed25519(fmt.Sprint("many", i)), "@a:x", "m", "x")
	}
	count := ask(b, func(m memory) (int64, error) { return m.DropSignaturesByKey(ctx, "@a:x", "m") })
	if !b.isFlaky {
		same(b, "dropped", count, 103)
	}
	same(b, "by a", by("@a:x", "k", "@a:x"), map[id.Ed25519]string{"n": "2"})
	same(b, "by b", by("@a:x", "k", "@b:x"), map[id.Ed25519]string{"m": "3"})
	signed("@a:x", "k", "@a:x", "m", false)
	signed("@b:x", "k", "@a:x", "m", false)
	signed("@a:x", "many7", "@a:x", "m", false)
}
