// Package cryptostore keeps the memory of a Matrix device in package store: the
// end-to-end encryption of mautrix (crypto.Store) and the state of rooms
// (mautrix.StateStore). What is kept together is lost, backed up and restored together;
// how far the server was read lies beside it, where the bot keeps that of all networks.
//
// Three rules hold it up:
//
//   - An encrypted to-device event is handled by Store.HandleToDevice, and all it
//     does lands in one commit: the mark that it was consumed, the ratchet that
//     moved, and the room key it carried. A crash finds all of it or nothing.
//   - The closures of Update only write bytes that were computed before: a ratchet
//     never moves because a transaction was run twice.
//   - When a write fails, nobody knows whether it took place, and the machine's
//     memory may be ahead of it. The Store then refuses everything (ErrStopped)
//     until it and the machine are made anew from what is stored.
//
// mautrix's encryption needs the build tag goolm; what needs no tag is the Table.
package cryptostore

import (
	"time"

	"lotse/store"
)

// keyFor is how long a key to messages of a room is kept after it came, longer only if
// it is in use for more than half of that: then twice as long as it is used.
const keyFor = 30 * 24 * time.Hour

// Table declares the kinds of record of a Matrix device. ACCOUNT, ROOM, USER,
// SESSION and so on are HMACs: no ID of Matrix stands in a key. Everything begins
// with the ACCOUNT, made from user and device: a new device starts with nothing,
// whatever another one left behind.
//
//	mxaccount/ACCOUNT                                 the device's own keys
//	mxsecret/ACCOUNT/NAME                             secrets by name
//	mxhash/ACCOUNT/HASH                               to-device message consumed → when
//	mxolm/ACCOUNT/DEVICE/SESSION                      a ratchet with another device
//	mxinbound/ACCOUNT/ROOM/SESSION                    a key to messages of a room and who gave it, or why it is withheld
//	mxindex/ACCOUNT/SESSION/NUMBER                    which message used a number of a key
//	mxoutbound/ACCOUNT/ROOM                           the key to what is sent to a room
//	mxshared/ACCOUNT/SESSION/DEVICE                   who got that key
//	mxuser/ACCOUNT/USER                               whose devices are followed
//	mxdevice/ACCOUNT/USER/PART                        their devices
//	mxcross/ACCOUNT/USER                              their cross-signing keys
//	mxsignature/ACCOUNT/SIGNER/KEY/SIGNED             who signed what
//	mxroom/ACCOUNT/ROOM/WHAT                          encryption, power levels, creation, join rules
//	mxmember/ACCOUNT/ROOM/USER                        who is in a room
//	mxjoined/ACCOUNT/USER/ROOM                        in which rooms somebody is
var Table = store.Table{
	{Name: "mxaccount", Owner: store.House, About: "Matrix: die eigenen Schlüssel des Bots."},
	{Name: "mxsecret", Owner: store.House, About: "Matrix: Geheimnisse des Bots, etwa für die Schlüsselsicherung."},
	{Name: "mxhash", Owner: store.House, About: "Matrix: welche Schlüsselnachrichten schon verarbeitet sind (nur als HMAC)."},
	{Name: "mxolm", Owner: store.House, About: "Matrix: Schlüssel zwischen dem Bot und einem anderen Gerät."},
	{Name: "mxinbound", Owner: store.House, Keep: keyFor, Since: "dem Empfang, solange niemand ihn länger benutzt", About: "Matrix: Schlüssel zum Lesen eines Raums, ohne Nachrichten; von wem er ist (nur als HMAC)."},
	{Name: "mxindex", Owner: store.House, Keep: keyFor, Since: "dem Empfang des Schlüssels", About: "Matrix: welche Nachricht welche Nummer eines Schlüssels benutzt hat, gegen Wiederholung."},
	{Name: "mxoutbound", Owner: store.House, About: "Matrix: Schlüssel zum Schreiben in einen Raum."},
	{Name: "mxshared", Owner: store.House, About: "Matrix: welche Geräte einen Schlüssel bekommen haben (nur als HMAC)."},
	{Name: "mxuser", Owner: store.House, About: "Matrix: wessen Geräte bekannt sein müssen, um zu verschlüsseln, solange jemand in einem Raum des Bots ist."},
	{Name: "mxdevice", Owner: store.House, About: "Matrix: Geräte mit ihren öffentlichen Schlüsseln, ohne Namen."},
	{Name: "mxcross", Owner: store.House, About: "Matrix: öffentliche Schlüssel, mit denen jemand eigene Geräte bestätigt."},
	{Name: "mxsignature", Owner: store.House, About: "Matrix: wer welchen öffentlichen Schlüssel bestätigt hat."},
	{Name: "mxroom", Owner: store.House, About: "Matrix: Verschlüsselung und Rechte eines Raums; danach nur noch, dass er verschlüsselt war."},
	{Name: "mxmember", Owner: store.House, About: "Matrix: wer in einem Raum ist, ohne Namen und Bilder."},
	{Name: "mxjoined", Owner: store.House, About: "Matrix: in welchen Räumen des Bots jemand ist."},
}
