package evenhand

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestACacheThatIsDamagedIsMadeAgain(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "cache")
	plan := func() []byte {
		t.Helper()
		plan, err := started(t, WithCache(folder)).PlanJSON(t.Context(), []byte(`{"version":1,"agents":[],"teams":[],"conversations":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	want := plan()
	file := cached(t, folder)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, damaged := range map[string][]byte{"cut": whole[:len(whole)/2], "empty": {}, "flipped": flipped, "whole": whole} {
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := plan(); !bytes.Equal(got, want) {
			t.Errorf("%s: %s", name, got)
		}
		if again, err := os.ReadFile(cached(t, folder)); err != nil || !bytes.Equal(again, whole) {
			t.Errorf("%s: the cache is not as it was: %v", name, err)
		}
	}
	if _, err := New(t.Context(), WithCache(file)); err == nil {
		t.Error("a cache in a file")
	}
	mark := filepath.Join(filepath.Dir(file), "mark")
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), WithCache(folder), WithMemoryLimit(1)); err == nil {
		t.Error("no memory")
	}
	if _, err := os.Stat(mark); err != nil {
		t.Errorf("another fault has cost the cache: %v", err)
	}
}

// cached returns the one file of a compilation cache.
func cached(t *testing.T, folder string) string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	return files[0]
}
