// Package data holds the lists that people who do not program can change:
// topics of questions, numbers of the emergency card, places that help, words
// of somebody in danger. bot reads them at start and hands them to flows.
package data

import "embed"

// Files are the lists, in TOML.
//
//go:embed *.toml
var Files embed.FS
