// Package suite asks the Go package what every runtime is asked, and holds its types and codes to the wire.
//
// It reads files of the repository around this folder; a copy of the folder does without it.
package suite
