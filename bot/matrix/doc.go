// Package matrix is the network Matrix (spec.matrix.org, client-server API v1.11),
// with end-to-end encryption: two translations and a transport. It decides nothing.
//
// The translations are pure. event.go says what an event that is decrypted tells, and
// file.go what lies behind an attachment; message.go makes the content of an event of
// what the bot says, html.go its formatted form, options.go the list that stands in
// the place of buttons.
//
// # Identities
//
// A room is a room ID and a message its event ID; a thread is the event ID of its
// root, which in the coordinators' room is the card of an inquiry. What is edited
// keeps the event ID it was first sent under.
//
// # What everybody on the server can read
//
// Reactions, redactions and all relations between events travel in clear, in encrypted
// rooms too. So nothing but keycaps and a thumb is ever put on a message, and which
// ones are is not decided here.
package matrix
