package evenhand

import (
	"fmt"
	"testing"
)

func BenchmarkPlanJSON(b *testing.B) {
	for _, size := range []struct{ agents, conversations int }{{3, 5}, {20, 200}, {200, 5_000}, {1_000, 100_000}} {
		b.Run(fmt.Sprintf("%dx%d", size.agents, size.conversations), func(b *testing.B) {
			p := started(b)
			snapshot, err := desk(size.agents, size.conversations).MarshalJSON()
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(snapshot)))
			for b.Loop() {
				if _, err := p.PlanJSON(b.Context(), snapshot); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
