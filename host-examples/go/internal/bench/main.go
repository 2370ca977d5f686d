// The child for Go in the bench of runtimes, as benches/runtimes/README.md says: `bench MODULE`, with the package's own module.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"evenhand"
)

type request struct {
	Do        string `json:"do"`
	Instances int    `json:"instances"`
	Snapshot  string `json:"snapshot"`
	Calls     int    `json:"calls"`
	Answer    string `json:"answer"`
}

type loading struct {
	Compile     time.Duration   `json:"compile"`
	Load        time.Duration   `json:"load"`
	Instantiate []time.Duration `json:"instantiate"`
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: bench MODULE")
	}
	module, err := os.ReadFile(os.Args[1])
	check(err)
	ctx := context.Background()
	planner, err := evenhand.New(ctx, evenhand.WithInstances(1))
	check(err)
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked request
		check(json.Unmarshal(lines.Bytes(), &asked))
		switch asked.Do {
		case "load":
			check(answers.Encode(load(ctx, module, asked.Instances)))
		case "plan":
			check(answers.Encode(map[string]any{"times": plan(ctx, planner, asked)}))
		case "fuel":
			fmt.Println("{}")
		default:
			log.Fatalf("unknown request: %s", lines.Bytes())
		}
	}
	check(lines.Err())
	check(planner.Close(ctx))
}

// load times what New does, part by part.
func load(ctx context.Context, module []byte, instances int) (times loading) {
	folder, err := os.MkdirTemp("", "evenhand-")
	check(err)
	defer os.RemoveAll(folder)
	times.Compile, _, _ = compile(ctx, module, wazero.NewCompilationCache())
	compile(ctx, module, files(folder))
	var runtime wazero.Runtime
	var compiled wazero.CompiledModule
	times.Load, runtime, compiled = compile(ctx, module, files(folder))
	_, err = runtime.NewHostModuleBuilder("evenhand").
		NewFunctionBuilder().WithGoFunction(api.GoFunc(func(context.Context, []uint64) {}), nil, nil).Export("tick").Instantiate(ctx)
	check(err)
	for range instances {
		start := time.Now()
		instance, err := runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(""))
		times.Instantiate = append(times.Instantiate, time.Since(start))
		check(err)
		check(instance.Close(ctx))
	}
	check(runtime.Close(ctx))
	return times
}

func files(folder string) wazero.CompilationCache {
	kept, err := wazero.NewCompilationCacheWithDir(folder)
	check(err)
	return kept
}

// compile times how long it takes from nothing to a module that can be instantiated.
func compile(ctx context.Context, module []byte, kept wazero.CompilationCache) (time.Duration, wazero.Runtime, wazero.CompiledModule) {
	start := time.Now()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(kept))
	compiled, err := runtime.CompileModule(ctx, module)
	took := time.Since(start)
	check(err)
	return took, runtime, compiled
}

// plan times each call, the answer of the last of which is written where one is asked for.
func plan(ctx context.Context, planner *evenhand.Planner, asked request) []time.Duration {
	snapshot, err := os.ReadFile(asked.Snapshot)
	check(err)
	var answer []byte
	times := make([]time.Duration, asked.Calls)
	for i := range times {
		start := time.Now()
		answer, err = planner.PlanJSON(ctx, snapshot)
		times[i] = time.Since(start)
		check(err)
	}
	if asked.Answer != "" {
		check(os.WriteFile(asked.Answer, answer, 0o600))
	}
	return times
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
