package evenhand

import (
	"bytes"
	"context"
	"runtime"
	"sync"
	"testing"
)

func TestNoMoreInstancesThanAskedFor(t *testing.T) {
	p := started(t, withModule(guest(abi)), WithInstances(2))
	var fresh int
	var mu sync.Mutex
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			for range 500 {
				plan, err := p.PlanJSON(context.Background(), []byte("{"))
				if err != nil {
					t.Error(err)
				}
				if string(plan) == "0" {
					mu.Lock()
					fresh++
					mu.Unlock()
				}
			}
		})
	}
	calls.Wait()
	if fresh < 1 || fresh > 2 {
		t.Fatalf("%d instances", fresh)
	}
	if _, err := New(t.Context(), WithInstances(0)); err == nil {
		t.Fatal("no instances")
	}
}

func TestManyCallsAtATimeGiveTheSameBytesInTheSameMemory(t *testing.T) {
	const callers, calls = 8, 10_000
	p := started(t, WithInstances(callers))
	snapshot, err := desk(3, 5).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.PlanJSON(t.Context(), snapshot)
	if err != nil {
		t.Fatal(err)
	}
	// Every instance there will ever be, after its first calls.
	for len(p.idle) < callers {
		fresh, err := p.instantiate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			if _, err := fresh.answer(t.Context(), fresh.plan, snapshot); err != nil {
				t.Fatal(err)
			}
		}
		p.idle = append(p.idle, fresh)
	}
	instances, heap := memoryOf(p)

	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range calls {
				plan, err := p.PlanJSON(context.Background(), snapshot)
				if err != nil || !bytes.Equal(plan, want) {
					t.Errorf("%s %v", plan, err)
					return
				}
			}
		})
	}
	all.Wait()
	instancesNow, heapNow := memoryOf(p)
	t.Logf("%d calls; instances hold %d bytes, as before; heap %d bytes, before %d", callers*calls, instancesNow, heapNow, heap)
	if len(p.idle) != callers || instancesNow != instances {
		t.Errorf("%d instances hold %d bytes, before %d", len(p.idle), instancesNow, instances)
	}
	if heapNow > heap+1<<20 {
		t.Errorf("heap %d bytes, before %d", heapNow, heap)
	}
}

// memoryOf returns what the idle instances hold and what the heap holds.
func memoryOf(p *Planner) (instances, heap uint64) {
	for _, i := range p.idle {
		instances += uint64(i.module.Memory().Size())
	}
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return instances, stats.HeapAlloc
}
