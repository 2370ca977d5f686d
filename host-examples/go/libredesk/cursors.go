package libredesk

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"
)

// SharedCursorStore is a [CursorStore] for several servers on one desk: one ticks at a time, each from where the last has ended. So turns go
// on across servers, and nobody is given more than a limit by two of them at once.
type SharedCursorStore interface {
	CursorStore
	// Lock waits until no other server ticks. A server that ends in the middle of its tick holds the lock no longer.
	Lock(ctx context.Context) (unlock func(), err error)
}

const (
	// pollEvery is how often a server looks whether another's tick is over.
	pollEvery = 100 * time.Millisecond
	// timeout is how long a store may take where nobody else ends the call.
	timeout = 10 * time.Second
)

// PostgresCursors keeps cursors in PostgreSQL, in a row by this name of the table evenhand_cursors, which it makes where it is missing. It is a
// [SharedCursorStore]. Of *sqlx.DB the field DB is what it takes. The lock holds a connection as long as a tick goes on, so it needs a
// connection of its own to the server itself, or to a pooler that pools sessions.
func PostgresCursors(db *sql.DB, name string) SharedCursorStore {
	return &postgresCursors{db: db, name: name}
}

type postgresCursors struct {
	db   *sql.DB
	name string

	mu   sync.Mutex
	made bool
}

// make makes the table.
func (p *postgresCursors) make() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made {
		return nil
	}
	var there bool
	err := p.db.QueryRow("SELECT to_regclass('evenhand_cursors') IS NOT NULL").Scan(&there)
	if err == nil && !there {
		_, err = p.db.Exec("CREATE TABLE IF NOT EXISTS evenhand_cursors (name text PRIMARY KEY, state bytea NOT NULL)")
	}
	p.made = err == nil
	return err
}

// LoadCursors is that of CursorStore.
func (p *postgresCursors) LoadCursors() ([]byte, error) {
	if err := p.make(); err != nil {
		return nil, err
	}
	var state []byte
	err := p.db.QueryRow("SELECT state FROM evenhand_cursors WHERE name = $1", p.name).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return state, err
}

// SaveCursors is that of CursorStore.
func (p *postgresCursors) SaveCursors(state []byte) error {
	if err := p.make(); err != nil {
		return err
	}
	_, err := p.db.Exec("INSERT INTO evenhand_cursors VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET state = excluded.state", p.name, state)
	return err
}

// Lock is that of SharedCursorStore. The lock is one of the session, which PostgreSQL gives back where the process ends.
func (p *postgresCursors) Lock(ctx context.Context) (func(), error) {
	if p.db.Stats().MaxOpenConnections == 1 {
		return nil, errors.New("the lock needs a second connection, and the pool has one")
	}
	connection, err := p.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	const key = "(hashtextextended('evenhand ' || $1, 0))"
	// A statement that waits would fail where the server has a lock_timeout.
	for locked := false; ; {
		err := connection.QueryRowContext(ctx, "SELECT pg_try_advisory_lock"+key, p.name).Scan(&locked)
		if err != nil {
			discard(connection)
			return nil, err
		}
		if locked {
			break
		}
		select {
		case <-ctx.Done():
			_ = connection.Close()
			return nil, ctx.Err()
		case <-time.After(pollEvery):
		}
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if _, err := connection.ExecContext(ctx, "SELECT pg_advisory_unlock"+key, p.name); err != nil {
			discard(connection)
			return
		}
		_ = connection.Close()
	}, nil
}

// discard closes a connection that may have the lock, and does not give it back to the pool.
func discard(connection *sql.Conn) {
	_ = connection.Raw(func(any) error { return driver.ErrBadConn })
	_ = connection.Close()
}

// RedisClient is as much of a client of Redis as cursors need. *redis.Client of github.com/redis/go-redis is one.
type RedisClient[V interface{ Bytes() ([]byte, error) }, S interface{ Err() error }] interface {
	Get(ctx context.Context, key string) V
	Set(ctx context.Context, key string, value any, expiration time.Duration) S
}

// RedisCursors keeps cursors in Redis, in a key that never expires. missing is the client's error for a key that is not there, redis.Nil. It is
// for one server: several would overwrite each other's cursors, and need [PostgresCursors].
func RedisCursors[V interface{ Bytes() ([]byte, error) }, S interface{ Err() error }](client RedisClient[V, S], key string, missing error) CursorStore {
	return redisCursors[V, S]{client, key, missing}
}

type redisCursors[V interface{ Bytes() ([]byte, error) }, S interface{ Err() error }] struct {
	client  RedisClient[V, S]
	key     string
	missing error
}

// LoadCursors is that of CursorStore.
func (r redisCursors[V, S]) LoadCursors() ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	state, err := r.client.Get(ctx, r.key).Bytes()
	if errors.Is(err, r.missing) {
		return nil, nil
	}
	return state, err
}

// SaveCursors is that of CursorStore.
func (r redisCursors[V, S]) SaveCursors(state []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return r.client.Set(ctx, r.key, state, 0).Err()
}

// locked does something while no other server ticks, where the cursors are shared, and has them read anew: another server may have saved
// others.
func (e *Engine) locked(ctx context.Context, do func() error) error {
	shared, ok := e.cursors.(SharedCursorStore)
	if !ok {
		return do()
	}
	unlock, err := shared.Lock(ctx)
	if err != nil {
		return fmt.Errorf("waiting for the other servers: %w", err)
	}
	defer unlock()
	// What could not be saved is newer than what is.
	e.loaded = e.loaded && e.unsaved
	return do()
}
