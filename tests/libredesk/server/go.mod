module github.com/abhinavxd/libredesk

go 1.25.0

require (
	github.com/jmoiron/sqlx v1.4.0
	github.com/knadh/koanf/parsers/toml v0.1.0
	github.com/knadh/koanf/providers/file v0.1.0
	github.com/knadh/koanf/v2 v2.1.1
	github.com/lib/pq v1.10.9
	github.com/redis/go-redis/v9 v9.5.5
	github.com/volatiletech/null/v9 v9.0.0
	github.com/zerodha/logf v0.5.5
)

require (
	github.com/cespare/xxhash/v2 v2.2.0 // indirect
	github.com/dgryski/go-rendezvous v0.0.0-20200823014737-9f7001d12a5f // indirect
	github.com/fsnotify/fsnotify v1.6.0 // indirect
	github.com/go-viper/mapstructure/v2 v2.0.0-alpha.1 // indirect
	github.com/knadh/koanf/maps v0.1.1 // indirect
	github.com/mitchellh/copystructure v1.2.0 // indirect
	github.com/mitchellh/reflectwalk v1.0.2 // indirect
	github.com/pelletier/go-toml v1.9.5 // indirect
	golang.org/x/sys v0.0.0-20220908164124-27713097b956 // indirect
)
