package evenhand

import (
	"encoding/binary"
	"slices"
)

// What the guest does when its input begins with this byte; with any other it answers.
const (
	traps byte = iota + 1
	loops
	grows
	recurses
	answersOutside
	answersNonsense
)

const (
	firstAnswer = `{"ok":0}` // of a fresh instance
	laterAnswer = `{"ok":1}`
	panicText   = "asked to panic"
)

// noRoom is a length for which the guest has no memory.
const noRoom = 7

// guest returns a module with the exports of the real one, for what that one must not do.
func guest(abi int64) []byte { return assembled(abi, true) }

func assembled(abi int64, ticking bool) []byte {
	const (
		unreachable, br, brIf, end, ret, call, drop, choose = 0x00, 0x0c, 0x0d, 0x0b, 0x0f, 0x10, 0x1a, 0x1b
		localGet, load8, store8, eq, atLeast                = 0x20, 0x2d, 0x3a, 0x46, 0x4e
		grow, nothing, i32, i64                             = 0x40, 0x40, 0x7f, 0x7e
	)
	const tick, version, alloc, free, run, lastPanic = 0, 1, 2, 3, 4, 5 // the functions
	number := func(n int64) []byte { return signed(0x41, n) }
	place := func(address, length int) []byte { return signed(0x42, int64(address)<<32|int64(length)) }
	on := func(first byte, body ...byte) []byte {
		test := slices.Concat([]byte{localGet, 0, load8, 0, 0}, number(int64(first)), []byte{eq, 0x04, nothing})
		return slices.Concat(test, body, []byte{end})
	}
	loop := func(body ...byte) []byte { return slices.Concat([]byte{0x03, nothing}, body, []byte{end}) }
	plan := slices.Concat(
		on(traps, unreachable),
		on(loops, loop(call, tick, br, 0)...),
		on(grows, append(loop(slices.Concat(number(1), []byte{grow, 0}, number(0), []byte{atLeast, brIf, 0})...), unreachable)...),
		on(recurses, localGet, 0, localGet, 1, call, run, drop),
		on(answersOutside, append(place(0x7fff0000, 9), ret)...),
		on(answersNonsense, append(place(64, len(panicText)), ret)...),
		// The text at 16 is copied to 32, digit for digit, after which the digit at 16 is 1.
		number(38), number(22), []byte{load8, 0, 0, store8, 0, 0},
		number(22), number('1'), []byte{store8, 0, 0},
		place(32, len(firstAnswer)),
	)
	data := func(at int64, text string) []byte {
		return slices.Concat([]byte{0}, number(at), []byte{end}, sized([]byte(text)))
	}
	function := func(body []byte) []byte { return sized(slices.Concat([]byte{0}, body, []byte{end})) }
	export := func(name string, kind, index byte) []byte { return append(sized([]byte(name)), kind, index) }
	section := func(id byte, items ...[]byte) []byte {
		return append([]byte{id}, sized(slices.Concat(append([][]byte{{byte(len(items))}}, items...)...))...)
	}
	// Without the import there is a function of its own in its place.
	imports, types, bodies := section(2, slices.Concat(sized([]byte("evenhand")), sized([]byte("tick")), []byte{0, 5})), [][]byte{}, [][]byte{}
	if !ticking {
		imports, types, bodies = nil, [][]byte{{5}}, [][]byte{function(nil)}
	}
	room := slices.Concat(number(0), number(1024), []byte{localGet, 0}, number(noRoom), []byte{eq, choose})
	return slices.Concat(
		[]byte("\x00asm\x01\x00\x00\x00"),
		section(1, []byte{0x60, 0, 1, i32}, []byte{0x60, 1, i32, 1, i32}, []byte{0x60, 2, i32, i32, 0},
			[]byte{0x60, 2, i32, i32, 1, i64}, []byte{0x60, 0, 1, i64}, []byte{0x60, 0, 0}),
		imports,
		section(3, append(types, []byte{0}, []byte{1}, []byte{2}, []byte{3}, []byte{4})...),
		section(5, []byte{0, 1}),
		section(7, export("memory", 2, 0), export("evenhand_abi", 0, version), export("evenhand_alloc", 0, alloc),
			export("evenhand_free", 0, free), export("evenhand_plan", 0, run), export("evenhand_explain", 0, run), export("evenhand_check", 0, run),
			export("evenhand_last_panic", 0, lastPanic)),
		section(10, append(bodies, function(number(abi)), function(room), function(nil), function(plan), function(place(64, len(panicText))))...),
		section(11, data(16, firstAnswer), data(32, firstAnswer), data(64, panicText)),
	)
}

// sized returns the bytes after their number.
func sized(b []byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(b))), b...)
}

// signed returns an opcode and its operand in signed LEB128.
func signed(opcode byte, n int64) []byte {
	code := []byte{opcode}
	for n < -64 || n > 63 {
		code = append(code, byte(n&0x7f|0x80))
		n >>= 7
	}
	return append(code, byte(n&0x7f))
}
