// Package flows decides. Given what was remembered and what happened it says
// what to remember and what to do, and does nothing itself: it knows no clock,
// no store, no network and no language.
//
// Handle is the person's side of every conversation; Desk is the coordinators'.
// A flow is a table of steps (see Step); ask.go is the one to read first.
// To write a flow: make a Flow in a file of its own, name its functions, add it
// to Flows, put its texts into locales/active.*.toml (key "flow.step", option
// "flow.step.option"), write a transcript in bot/testdata. Lint says what is
// missing.
//
// IDs of flows, steps and options are kept by people's phones and by the store.
// They are never used again for something else; testdata/steps.golden has every
// one that was ever shipped.
//
// # The rules of our voice
//
//   - One idea, one question per message; at most 350 characters, 600 on pages.
//   - Sie, always, and no name: screens are shared in families.
//   - Calm: no exclamation marks in rows, no blame ("Ich habe das nicht sicher
//     verstanden", never "Ungültige Eingabe"), no jokes where somebody suffers.
//   - Every message ends with a way on. Emergency is one tap away, always.
//   - Say what is true: that a program writes, who reads, what was not sent.
//   - No promise that somebody else must keep.
//   - The same sign means the same everywhere: ❓ 🌐 🔒 🆘 🏠 ↩️ ✅ ❌ 🗑.
package flows
