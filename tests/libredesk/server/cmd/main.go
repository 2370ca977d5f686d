// The stand-in for Libredesk's server.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/knadh/koanf/v2"
)

var ko = koanf.New(".")

func main() {
	config := flag.String("config", "config.toml", "the configuration")
	once := flag.Bool("once", false, "one tick, and no more")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	initConfig(ko, *config)

	db := initDB()
	var (
		autoAssignInterval = ko.MustDuration("autoassigner.autoassign_interval")
		rdb                = initRedis()
		team               = initTeam(db)
		user               = initUser(db)
		conversation       = initConversation(db)
		autoassigner       = initAutoAssigner(team, user, conversation)
	)
	if *once {
		tick(ctx, autoassigner)
	} else {
		go autoassigner.Run(ctx, autoAssignInterval)
		<-ctx.Done()
	}
	autoassigner.Close()
	db.Close()
	rdb.Close()
}

func tick(ctx context.Context, engine any) {
	if err := engine.(interface{ Tick(context.Context) error }).Tick(ctx); err != nil {
		log.Fatal(err)
	}
}
