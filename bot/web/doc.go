// Package web is a chat network that lives in one web page, for the demo: a few
// people's phones on one side, the coordinators' room on the other. It plays the
// server of a messenger, so it is durable by itself: whatever was acknowledged,
// to a person or to the bot, survives a crash when Options.Dir is set.
//
// From the bottom up: journal.go appends records to a file, state.go folds them
// into rooms, run.go tells the bot what people did, send.go takes what the bot
// says, and http.go with api.go, stream.go and media.go serve the page and this
// interface:
//
//	GET  /api/state   everything: {version, boot, last, now, movable, desk, staff, people, languages, rooms}
//	                  a room is {id, blocked, messages}; a message is {id, room, from, at, text, marks,
//	                  lang, rtl, buttons, files, reply, force, protect, edited, reactions, pressed};
//	                  from is "" for the bot; marks count UTF-16 units
//	GET  /api/events  server-sent events: "hello" {boot, now} first, then "change" {message} or {person}
//	                  or {room, blocked} for whatever changed after Last-Event-ID (or ?last=), and "clock" {now}
//	                  when it was moved and every 20 s; a message that is gone comes as {id, room, deleted}
//	POST /api/say     {room, from, text, reply, id}     a text, or a command when it reads "/word …"
//	POST /api/press   {room, from, message, button, id} a button under one of the bot's messages
//	POST /api/upload  multipart: room, from, caption, reply, id, seconds, and one to ten of file
//	POST /api/block   {room, blocked, id}               a person blocks the bot, or unblocks it
//	POST /api/lang    {room, lang}                      the language a person's phone is set to
//	POST /api/people  {name, lang, id}                  one more person
//	POST /api/clock   {advance}                         "1h": moves the demo's clock forward
//	GET  /media/REF   the bytes of a file
//
// A POST that is answered 200 is on disk. It answers {message, event, room} with the IDs it made. A POST
// repeated with the same id (≤ 128 bytes, chosen by the client) happens once and is answered alike. What is
// refused is answered {error, text}: a word for programs and a sentence for people.
//
// Deleted messages leave the rooms but not the journal: to forget a demo, delete its folder.
package web
