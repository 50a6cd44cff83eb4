// Package bot carries out what flows decide. What happens on a network comes in
// through Receive, one transaction that leaves a new state and rows in the outbox
// (receive.go, person.go, desk.go, apply.go); what is in the outbox goes out, lane
// by lane (outbox.go, lanes.go, deliver.go); what has to wait stands in the alarm
// clock (due.go); what is done outside the database is a job (jobs.go). Nothing
// else changes state or sends. docs/walk.md follows one question through it, and
// records.go has every kind of row there is.
package bot
