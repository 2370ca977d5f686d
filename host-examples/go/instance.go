package evenhand

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// abi is the version of the module's exports that this package speaks; docs/abi.md describes it.
const abi = 1

// instance is one instance of the module. It does one thing at a time.
type instance struct {
	module api.Module
	memory *memory

	alloc, free, plan, explain, check, lastPanic api.Function
}

// newInstance finds the exports of a module and asks for their version.
func newInstance(ctx context.Context, module api.Module, memory *memory) (*instance, error) {
	i := &instance{module: module, memory: memory}
	var version api.Function
	for name, function := range map[string]*api.Function{
		"evenhand_abi": &version, "evenhand_alloc": &i.alloc, "evenhand_free": &i.free,
		"evenhand_plan": &i.plan, "evenhand_explain": &i.explain, "evenhand_check": &i.check,
		"evenhand_last_panic": &i.lastPanic,
	} {
		if *function = module.ExportedFunction(name); *function == nil {
			return nil, fmt.Errorf("evenhand: the module does not export %s", name)
		}
	}
	found, err := version.Call(ctx)
	if err != nil {
		return nil, fmt.Errorf("evenhand: %w", err)
	}
	if found[0] != abi {
		return nil, fmt.Errorf("evenhand: the module has ABI %d, this package speaks %d", found[0], abi)
	}
	return i, nil
}

// answer returns the text with which a function answers some texts. After an error that is no RefusedError the instance is of no more use.
func (i *instance) answer(ctx context.Context, function api.Function, texts ...[]byte) ([]byte, error) {
	answer, err := i.call(ctx, function, texts)
	if err != nil {
		trap := &TrapError{OutOfMemory: i.memory.refused, Err: err}
		if ctx.Err() == nil {
			trap.Panic = i.panicText(ctx)
		}
		return nil, trap
	}
	return opened(answer)
}

// call passes the texts in and copies the answer out.
func (i *instance) call(ctx context.Context, function api.Function, texts [][]byte) ([]byte, error) {
	var places []uint64
	for _, text := range texts {
		address, err := i.put(ctx, text)
		if err != nil {
			return nil, err
		}
		places = append(places, address, uint64(len(text)))
	}
	packed, err := function.Call(ctx, places...)
	if err != nil {
		return nil, err
	}
	address, length := packed[0]>>32, packed[0]&math.MaxUint32
	view, ok := i.module.Memory().Read(uint32(address), uint32(length))
	if !ok {
		return nil, fmt.Errorf("the answer of %d bytes at %d lies outside the memory", length, address)
	}
	answer := bytes.Clone(view)
	for place := range slices.Chunk(append(places, address, length), 2) {
		if place[1] > 0 {
			if _, err := i.free.Call(ctx, place...); err != nil {
				return nil, err
			}
		}
	}
	return answer, nil
}

// put writes a text into a buffer of the module and returns its address; an empty one needs no buffer.
func (i *instance) put(ctx context.Context, text []byte) (uint64, error) {
	if len(text) == 0 {
		return 0, nil
	}
	if uint64(len(text)) > math.MaxUint32 {
		i.memory.refused = true
		return 0, errors.New("the snapshot is larger than any memory")
	}
	address, err := i.alloc.Call(ctx, uint64(len(text)))
	if err != nil {
		return 0, err
	}
	if address[0] == 0 {
		i.memory.refused = true
		return 0, errors.New("no memory for the snapshot")
	}
	if !i.module.Memory().Write(uint32(address[0]), text) {
		return 0, fmt.Errorf("the buffer at %d lies outside the memory", address[0])
	}
	return address[0], nil
}

// panicText returns what the module has to say about a trap: nothing, as a rule.
func (i *instance) panicText(ctx context.Context) string {
	packed, err := i.lastPanic.Call(ctx)
	if err != nil {
		return ""
	}
	text, _ := i.module.Memory().Read(uint32(packed[0]>>32), uint32(packed[0]))
	return string(text)
}

// opened takes the answer or the refusal out of the answer's envelope.
func opened(answer []byte) ([]byte, error) {
	if plan, ok := bytes.CutPrefix(answer, []byte(`{"ok":`)); ok {
		return bytes.TrimSuffix(plan, []byte("}")), nil
	}
	var envelope struct {
		Error *struct {
			Code          Code
			Path, Message string
		}
	}
	if err := json.Unmarshal(answer, &envelope); err != nil || envelope.Error == nil {
		return nil, &TrapError{Err: errors.New("the answer is neither a plan nor a refusal")}
	}
	return nil, (*RefusedError)(envelope.Error)
}

// memory is the memory of one instance. It grows by doubling, up to a limit, and knows when more was asked for.
type memory struct {
	bytes   []byte
	limit   uint64
	refused bool
}

// Allocate is asked once by each instance.
func (m *memory) Allocate(_, most uint64) experimental.LinearMemory {
	m.limit = min(m.limit, most)
	return m
}

// Reallocate returns the memory at its new size, or nil where that is too much.
func (m *memory) Reallocate(size uint64) []byte {
	if size > m.limit {
		m.refused = true
		return nil
	}
	if size > uint64(cap(m.bytes)) {
		grown := make([]byte, size, max(size, min(2*uint64(cap(m.bytes)), m.limit)))
		copy(grown, m.bytes)
		m.bytes = grown
	}
	m.bytes = m.bytes[:size]
	return m.bytes
}

// Free gives the memory to the garbage collector.
func (m *memory) Free() { m.bytes = nil }
