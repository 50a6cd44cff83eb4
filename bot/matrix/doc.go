// Package matrix is the network Matrix over its Client-Server API (spec.matrix.org,
// version 1.12), with end-to-end encryption: two translations and a transport. It decides
// nothing.
//
// The translations are pure. event.go says what an event that is decrypted tells, and
// file.go what lies behind an attachment; message.go makes the content of an event of
// what the bot says, html.go its formatted form, options.go the list that stands in
// the place of buttons.
//
// The transport, from the bottom up: client.go makes requests and errors.go says what
// the outbox should do about one that failed. login.go knows the account, identity.go
// makes other people's clients trust it, and session.go puts both together with the
// machine that encrypts; when one of them fails, a session ends and the next use begins
// another. sync.go asks for what happened, backfill.go fills the gaps in the answer,
// keys.go takes what is about keys and receive.go hands events in, room by room;
// pending.go keeps what cannot be read yet. rooms.go says whose room it is: which
// invitations are taken, which rooms are left, and where a room went. send.go takes what
// the bot says, media.go reads files and passes them on, echoes.go knows what the server
// has already, and encrypt.go lets nothing into a room in the clear that should not be.
// desk.go looks for the coordinators' room and at how it is set up, check.go finds what
// is set up wrongly and trouble.go says why nothing comes.
//
// The encryption is mautrix's, which needs the build tag goolm. Without it the rest of
// the program builds, and New says how to build it.
//
// # Identities
//
// A room is a room ID, or of a desk what the settings call it; a room that was upgraded
// keeps the name it had. A message's ID is its event ID; a thread is the event ID of its
// root, which in the coordinators' room is the card of an inquiry. What is edited keeps
// the event ID it was first sent under. The ID of a row in the outbox is the transaction
// ID: while the access token stays the same, repeated it is the same message. So the bot
// logs in once.
//
// # What everybody on the server can read
//
// Reactions, redactions and all relations between events travel in clear, in encrypted
// rooms too. So nothing but keycaps and a thumb is ever put on a message, and which
// ones are is not decided here.
package matrix
