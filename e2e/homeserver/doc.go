// Package homeserver starts a real Matrix homeserver for a test: Dendrite, alone on
// loopback, with a folder of its own.
//
// Dendrite is built by Go as a tool of the module in dendrite/, which has no code of
// ours: so neither its two hundred dependencies nor its licence (AGPL 3.0) reach the
// program or the other tests. The first build takes minutes; afterwards it comes from
// Go's build cache.
package homeserver
