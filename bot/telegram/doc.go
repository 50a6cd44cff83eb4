// Package telegram is the network Telegram over the Bot API (core.telegram.org/bots/api,
// version 10.1): two translations and a transport. It decides nothing.
//
// From the bottom up: client.go makes one request and lets no secret out of it,
// errors.go says what the outbox should do about a failure, update.go holds what
// Telegram tells and event.go translates it, receive.go hands events in, room by
// room, poll.go and webhook.go are the two ways updates come, send.go takes what the
// bot says and message.go translates it. Beside it: moved.go follows a group that
// became a supergroup, topics.go opens and closes a forum's topics, file.go reads
// attachments and upload.go passes on those of other networks, profile.go says who the
// bot is, desk.go looks at the coordinators' group, check.go finds what is set up wrongly
// and trouble.go says why nothing comes.
//
// The library is used as transport only; its structs know the Bot API of 2021.
//
// # Identities
//
// A room is a chat ID, a thread the ID of a forum topic; General is the room itself.
// A message's ID is its number in the chat. An event's ID derives from the chat, the
// message and the edit date, or from the callback query, never from the update: after
// a week of silence update IDs start again anywhere.
package telegram
