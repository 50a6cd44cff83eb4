// Package e2e is the product as a stranger meets it: its tests build the
// program, start its demo, and use the page in a real browser. They leave
// pictures in shots/.
//
// With the tag botapi the program also talks to an emulator of the Bot API
// (telegram_test.go), which needs neither of what follows: faults of every kind, kill -9
// while hundreds of people talk, a broadcast, a burst, chats that are closed.
//
// The packages homeserver, friend and foreign are a Matrix homeserver and the people on
// it, for tests with the tags matrix and goolm: cryptostore, echo, numbers_test.go and
// encrypted_test.go; and roundtrip_test.go, which is a benchmark. They need Node and npm.
// With all three tags people ask on one network and coordinators answer on the other
// (bridge_test.go). Each of these tests fails if in the end there is anything in an
// encrypted room that it should not tell.
//
// The others need Chromium (the one in $CHROMIUM, else the first in $PATH) and npm,
// which fetches the accessibility checker axe-core, the calendar reader ical.js
// and the table reader papaparse (run by Node); none is a part of the program.
//
// bench/ measures the program under load.
package e2e
