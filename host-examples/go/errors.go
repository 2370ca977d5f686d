package evenhand

import (
	"errors"
	"fmt"
)

// ErrClosed is returned by calls on a [Planner] that is closed, and by those that Close has interrupted.
var ErrClosed = errors.New("evenhand: the planner is closed")

// RefusedError says why a snapshot was refused. Nothing was decided and no cursor moved: the host keeps its state and may call again.
type RefusedError struct {
	// Code is for programs; it never changes.
	Code Code
	// Path is a JSON Pointer into the snapshot, empty for the snapshot as a whole.
	Path string
	// Message is for people.
	Message string
}

func (e *RefusedError) Error() string {
	return "evenhand: snapshot refused: " + e.Message
}

// UnsoundError says that a plan is not one of its snapshot: the module has a defect. Nothing was decided. See [WithCheck].
type UnsoundError struct {
	// Violations are the faults of the plan, one at least.
	Violations []Violation
}

func (e *UnsoundError) Error() string {
	first := e.Violations[0]
	return fmt.Sprintf("evenhand: the plan is not sound: %d violations, the first at %s: %s", len(e.Violations), first.Path, first.Message)
}

// TrapError says that the module stopped in the middle of a call: it ran out of memory, or it has a defect. Its instance was thrown
// away; the planner goes on with a fresh one.
type TrapError struct {
	// Panic is the text of the panic, empty where there was none.
	Panic string
	// OutOfMemory says that the module asked for more memory than it may have.
	OutOfMemory bool
	// Err is what the runtime says.
	Err error
}

func (e *TrapError) Error() string {
	switch {
	case e.OutOfMemory:
		return fmt.Sprintf("evenhand: out of memory: %v", e.Err)
	case e.Panic != "":
		return "evenhand: the module has a defect: " + e.Panic
	default:
		return fmt.Sprintf("evenhand: the module trapped: %v", e.Err)
	}
}

// Unwrap returns what the runtime says.
func (e *TrapError) Unwrap() error { return e.Err }

// Code is the code of a refusal. New codes may come; one that is there never changes.
type Code string

// Why a snapshot is refused.
const (
	// CodeMalformedJSON: the text is not JSON, or holds a string that is not Unicode.
	CodeMalformedJSON Code = "malformed_json"
	// CodeWrongType: a value of another type was expected.
	CodeWrongType Code = "wrong_type"
	// CodeUnknownField: a record has a field that the wire version does not know.
	CodeUnknownField Code = "unknown_field"
	// CodeMissingField: a record lacks a field.
	CodeMissingField Code = "missing_field"
	// CodeDuplicateField: a record has the same field twice.
	CodeDuplicateField Code = "duplicate_field"
	// CodeUnknownValue: a word from a closed list was expected: a team's assignment, a cursor's rule.
	CodeUnknownValue Code = "unknown_value"
	// CodeOutOfRange: an integer is too small or too large.
	CodeOutOfRange Code = "out_of_range"
	// CodeInvalidID: an id is empty or longer than 128 bytes.
	CodeInvalidID Code = "invalid_id"
	// CodeDuplicateID: the same id stands twice where it may stand once.
	CodeDuplicateID Code = "duplicate_id"
	// CodeMixedRotation: teams that may not share a rotation name the same one.
	CodeMixedRotation Code = "mixed_rotation"
	// CodeUnsupportedVersion: the snapshot is of a wire version that the module does not read.
	CodeUnsupportedVersion Code = "unsupported_version"
	// CodeLimitExceeded: the snapshot is larger than one call takes.
	CodeLimitExceeded Code = "limit_exceeded"
	// CodeInternal: what must not happen: a defect of Evenhand itself.
	CodeInternal Code = "internal"
)
