// Package storetest checks stores, and the code that uses them.
package storetest
