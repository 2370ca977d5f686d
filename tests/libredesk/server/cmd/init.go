package main

import (
	"fmt"
	"log"
	"os"

	"github.com/abhinavxd/libredesk/internal/autoassigner"
	"github.com/abhinavxd/libredesk/internal/conversation"
	"github.com/abhinavxd/libredesk/internal/team"
	"github.com/abhinavxd/libredesk/internal/user"
	"github.com/jmoiron/sqlx"
	"github.com/knadh/koanf/parsers/toml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	_ "github.com/lib/pq"
	"github.com/redis/go-redis/v9"
	"github.com/zerodha/logf"
)

func initConfig(ko *koanf.Koanf, path string) {
	if err := ko.Load(file.Provider(path), toml.Parser()); err != nil {
		log.Fatal(err)
	}
}

func initDB() *sqlx.DB {
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		url = fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=disable",
			ko.MustString("db.host"), ko.MustInt("db.port"), ko.MustString("db.user"), ko.MustString("db.database"))
	}
	return sqlx.MustConnect("postgres", url)
}

func initRedis() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: ko.MustString("redis.address")})
}

func initTeam(db *sqlx.DB) *team.Manager { return team.New(db) }

func initUser(db *sqlx.DB) *user.Manager { return user.New(db) }

func initConversation(db *sqlx.DB) *conversation.Manager { return conversation.New(db) }

// initAutoAssigner makes the engine that assigns.
func initAutoAssigner(teamManager *team.Manager, userManager *user.Manager, conversationManager *conversation.Manager) *autoassigner.Engine {
	system, err := userManager.GetSystemUser()
	if err != nil {
		log.Fatal(err)
	}
	engine, err := autoassigner.New(teamManager, conversationManager, system, initLogger("autoassigner"))
	if err != nil {
		log.Fatal(err)
	}
	return engine
}

func initLogger(source string) *logf.Logger {
	logger := logf.New(logf.Opts{Level: logf.DebugLevel, DefaultFields: []any{"sc", source}})
	return &logger
}
