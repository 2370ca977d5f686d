// Package stores tries the stores for cursors on real servers, with the drivers that Libredesk has.
package stores

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"testing"
	"time"

	"evenhand/libredesk"

	_ "github.com/lib/pq"
	"github.com/redis/go-redis/v9"
)

func database(t *testing.T) *sql.DB {
	t.Helper()
	// Whoever waits for a lock by a statement is ended at once.
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL")+"&lock_timeout=1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func client(t *testing.T, address string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: address})
	t.Cleanup(func() { c.Close() })
	return c
}

func load(t *testing.T, store libredesk.CursorStore, want []byte) {
	t.Helper()
	if got, err := store.LoadCursors(); err != nil || !bytes.Equal(got, want) || (got == nil) != (want == nil) {
		t.Errorf("%q, %v, expected %q", got, err, want)
	}
}

func save(t *testing.T, store libredesk.CursorStore, state string) {
	t.Helper()
	if err := store.SaveCursors([]byte(state)); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsSavedIsLoaded(t *testing.T) {
	db, rdb := database(t), client(t, os.Getenv("REDIS_ADDRESS"))
	for name, open := range map[string]func(name string) libredesk.CursorStore{
		"PostgreSQL": func(name string) libredesk.CursorStore { return libredesk.PostgresCursors(db, name) },
		"Redis":      func(name string) libredesk.CursorStore { return libredesk.RedisCursors(rdb, name, redis.Nil) },
	} {
		t.Run(name, func(t *testing.T) {
			one, other := open("one"), open("other")
			load(t, one, nil)
			save(t, one, `{"version":1}`)
			save(t, one, "\x00\xff'")
			load(t, one, []byte("\x00\xff'"))
			load(t, open("one"), []byte("\x00\xff'"))
			load(t, other, nil)
			load(t, open("a"), nil)
			save(t, other, "x")
			load(t, one, []byte("\x00\xff'"))
		})
	}
}

func TestAServerThatIsGoneIsAnError(t *testing.T) {
	gone := libredesk.RedisCursors(client(t, "127.0.0.1:1"), "one", redis.Nil)
	if _, err := gone.LoadCursors(); err == nil {
		t.Error("loaded")
	}
	if err := gone.SaveCursors(nil); err == nil {
		t.Error("saved")
	}
	db := database(t)
	db.Close()
	if _, err := libredesk.PostgresCursors(db, "one").LoadCursors(); err == nil {
		t.Error("loaded")
	}
}

func TestOneServerHasTheLock(t *testing.T) {
	first, second := libredesk.PostgresCursors(database(t), "locked"), libredesk.PostgresCursors(database(t), "locked")
	unlock, err := first.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, err := libredesk.PostgresCursors(database(t), "another").Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other()
	soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := second.Lock(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	unlock()
	unlock, err = second.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

// The lock goes with the session.
func TestALockWhoseSessionEndsIsFree(t *testing.T) {
	db := database(t)
	unlock, err := libredesk.PostgresCursors(db, "ended").Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := database(t)
	if _, err := other.Exec("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"); err != nil {
		t.Fatal(err)
	}
	again, err := libredesk.PostgresCursors(other, "ended").Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Whoever had it gives nothing back that is not theirs, and their pool goes on.
	unlock()
	soon, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := libredesk.PostgresCursors(db, "ended").Lock(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	again()
}

func TestAPoolOfOneIsRefused(t *testing.T) {
	db := database(t)
	db.SetMaxOpenConns(1)
	if _, err := libredesk.PostgresCursors(db, "one").Lock(t.Context()); err == nil {
		t.Error("a tick would wait for its own lock")
	}
	db.SetMaxOpenConns(2)
	unlock, err := libredesk.PostgresCursors(db, "one").Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}
