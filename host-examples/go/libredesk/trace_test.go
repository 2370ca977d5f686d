package libredesk

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"evenhand/libredesk/internal/standin"
)

// traceFolder holds the recorded runs of Libredesk's own engine, which tests/parity.rs replays as well.
const traceFolder = "../../../tests/parity/traces"

// traceScenarios is how many scenarios there are.
const traceScenarios = 560

type traceScenario struct {
	Engine string      `json:"v"`
	Number int         `json:"s"`
	Ticks  []traceTick `json:"ticks"`
}

type traceTick struct {
	N       int                  `json:"n"`
	Restart int                  `json:"restart"`
	Teams   [][3]int             `json:"teams"`
	Members map[string]*[][2]int `json:"mem"`
	Counts  [][2]int             `json:"cnt"`
	Queue   [][]int              `json:"conv"`
	Fault   traceFault           `json:"fault"`
	Joined  []traceJoined        `json:"app"`
	Tries   [][3]int             `json:"out"`
	After   []tracePool          `json:"after"`
}

type traceFault struct {
	CountUser []int    `json:"count_user"`
	CountCall []int    `json:"count_call"`
	Update    [][3]int `json:"update"`
}

type tracePool struct {
	Team, Cap       int
	Users, Currents []int
}

// UnmarshalJSON reads [team, cap, [user, ...], [current, ...]].
func (p *tracePool) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&p.Team, &p.Cap, &p.Users, &p.Currents})
}

type traceJoined struct {
	Team  int
	Users []int
}

// UnmarshalJSON reads [team, [user, ...]].
func (j *traceJoined) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&j.Team, &j.Users})
}

// How a write ends, in the words of the traces.
const (
	codeAssigned        = 0
	codeFull            = 1
	codeNotCounted      = 2
	codeNotWritten      = 3
	codeWrittenAndError = 4
	codeAlreadyAssigned = 5
)

var traceStatuses = []string{
	standin.Online, standin.Away, standin.AwayManual, standin.Offline, standin.AwayAndReassigning,
}

// traceStore is the database of one recorded tick, with the faults that were injected into it.
type traceStore struct {
	tick       *traceTick
	claims     bool
	counts     map[int]int
	countCalls int
	writes     map[string]int
	gone       map[string]bool
	// tries are conversation, user, code, as recorded. A try that did not come to a write is known only where drawn says what it was for.
	tries [][3]int
	drawn string

	// What is listed: as recorded, or as the replay of the drop-in cuts it.
	teams   []standin.Team
	members map[int][]standin.TeamMember
	queue   []standin.Conversation
	// failCounts lets every count fail.
	failCounts bool
}

var errInjected = errors.New("injected")

func newTraceStore(tick *traceTick, claims bool) *traceStore {
	s := &traceStore{
		tick: tick, claims: claims, counts: map[int]int{}, writes: map[string]int{}, gone: map[string]bool{},
		members: map[int][]standin.TeamMember{},
	}
	for _, row := range tick.Counts {
		s.counts[row[0]] = row[1]
	}
	for _, row := range tick.Teams {
		s.teams = append(s.teams, traceTeam(row[0], row[1] == 0, row[2]))
	}
	for key, rows := range tick.Members {
		id, _ := strconv.Atoi(key)
		if rows == nil {
			continue
		}
		s.members[id] = []standin.TeamMember{}
		for _, row := range *rows {
			s.members[id] = append(s.members[id], standin.TeamMember{ID: row[0], AvailabilityStatus: traceStatuses[row[1]]})
		}
		s.members[id] = joiningOrder(tick, id, s.members[id])
	}
	for _, row := range tick.Queue {
		s.queue = append(s.queue, traceConversation(row))
	}
	return s
}

func traceTeam(id int, roundRobin bool, limit int) standin.Team {
	kind := standin.Manual
	if roundRobin {
		kind = standin.RoundRobin
	}
	return standin.Team{ID: id, ConversationAssignmentType: kind, MaxAutoAssignedConversations: limit}
}

func traceConversation(row []int) standin.Conversation {
	return standin.Conversation{UUID: strconv.Itoa(row[0]), AssignedTeamID: standin.NullInt{Int: row[1], Valid: true}}
}

// joiningOrder puts the newcomers in the order in which the original's shuffle had them join.
func joiningOrder(tick *traceTick, team int, members []standin.TeamMember) []standin.TeamMember {
	var joined []int
	for _, row := range tick.Joined {
		if row.Team == team {
			joined = row.Users
		}
	}
	slices.SortStableFunc(members, func(a, b standin.TeamMember) int {
		return slices.Index(joined, a.ID) - slices.Index(joined, b.ID)
	})
	return members
}

func (s *traceStore) GetAll() ([]standin.Team, error) {
	if s.teams == nil {
		return nil, errInjected
	}
	return s.teams, nil
}

func (s *traceStore) GetMembers(team int) ([]standin.TeamMember, error) {
	if s.members[team] == nil {
		return nil, errInjected
	}
	return s.members[team], nil
}

func (s *traceStore) GetUnassignedConversations() ([]standin.Conversation, error) {
	if s.tick.Queue == nil {
		return nil, errInjected
	}
	return s.queue, nil
}

func (s *traceStore) ActiveUserConversationsCount(user int) (int, error) {
	s.countCalls++
	failed := s.failCounts || slices.Contains(s.tick.Fault.CountUser, user) ||
		s.drawn != "" && slices.Contains(s.tick.Fault.CountCall, s.countCalls)
	if s.drawn != "" {
		s.tries = append(s.tries, [3]int{atoi(s.drawn), user, codeFull})
	}
	if !failed {
		return s.counts[user], nil
	}
	if s.drawn != "" {
		s.tries[len(s.tries)-1][2] = codeNotCounted
	}
	return 0, errInjected
}

func (s *traceStore) ClaimUnassignedConversation(uuid string, user, _ int, _ standin.User) error {
	return s.write(uuid, user)
}

func (s *traceStore) UpdateConversationUserAssignee(uuid string, user int, _ standin.User) error {
	return s.write(uuid, user)
}

func (s *traceStore) write(uuid string, user int) error {
	code, err := s.written(uuid, user)
	if s.drawn != "" {
		s.tries = s.tries[:len(s.tries)-1]
	}
	s.tries = append(s.tries, [3]int{atoi(uuid), user, code})
	return err
}

func (s *traceStore) written(uuid string, user int) (int, error) {
	s.writes[uuid]++
	first := s.writes[uuid] == 1
	mode, argument := 0, 0
	for _, fault := range s.tick.Fault.Update {
		if fault[0] == atoi(uuid) {
			mode, argument = fault[1], fault[2]
		}
	}
	switch {
	case mode == 1 && s.writes[uuid] <= argument:
		return codeNotWritten, errInjected
	case mode == 3 && first:
		s.assign(uuid, argument)
	case mode == 4 && first:
		s.gone[uuid] = true
	}
	if s.claims && s.gone[uuid] {
		return codeAlreadyAssigned, standin.ErrConversationAlreadyAssigned
	}
	s.assign(uuid, user)
	if mode == 2 && first {
		return codeWrittenAndError, errInjected
	}
	return codeAssigned, nil
}

func (s *traceStore) assign(uuid string, user int) {
	s.gone[uuid] = true
	if s.open(uuid) {
		s.counts[user]++
	}
}

func (s *traceStore) open(uuid string) bool {
	for _, row := range s.tick.Queue {
		if row[0] == atoi(uuid) {
			return len(row) == 2
		}
	}
	return true
}

func atoi(text string) int {
	number, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return number
}

// eachScenario reads every recorded scenario.
func eachScenario(t *testing.T, do func(t *testing.T, file string, s *traceScenario)) int {
	paths, err := filepath.Glob(filepath.Join(traceFolder, "*.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	scenarios := 0
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(unzipped)
		for {
			line, err := lines.ReadBytes('\n')
			if errors.Is(err, io.EOF) && len(line) == 0 {
				break
			}
			if err != nil && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			var s traceScenario
			if err := json.Unmarshal(line, &s); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			scenarios++
			do(t, filepath.Base(path), &s)
		}
	}
	if scenarios != traceScenarios {
		t.Fatalf("%d scenarios in %s, there should be %d", scenarios, traceFolder, traceScenarios)
	}
	return scenarios
}

// The autoassigner that stands in for the original in the other tests does what the original did, try by try.
func TestTheStandInIsTheOriginal(t *testing.T) {
	tries, mismatches := 0, 0
	scenarios := eachScenario(t, func(t *testing.T, file string, s *traceScenario) {
		var pools map[int]*standin.Pool
		for i := range s.Ticks {
			tick := &s.Ticks[i]
			store := newTraceStore(tick, s.Engine == "now")
			old := standin.NewUpdating(store, store, standin.User{})
			if s.Engine == "now" {
				old = standin.NewClaiming(store, store, standin.User{})
			}
			if pools != nil && tick.Restart == 0 {
				old.Pools = pools
			}
			pools = old.Pools
			old.Tries = func(uuid string, _ int) { store.drawn = uuid }
			_ = old.Tick()
			tries += len(store.tries)
			got, want := standInPools(pools), rows(tick.After)
			if !slices.Equal(store.tries, tick.Tries) || !reflect.DeepEqual(got, want) {
				mismatches++
				t.Errorf("%s, scenario %d, tick %d:\n%v\n%v\n%v\n%v", file, s.Number, tick.N, store.tries, tick.Tries, got, want)
			}
		}
	})
	fmt.Printf("stand-in: %d scenarios, %d tries, %d mismatches\n", scenarios, tries, mismatches)
	if tries == 0 {
		t.Error("no tries")
	}
}

// rows leaves the caps out, which no cursor holds.
func rows(pools []tracePool) map[int][2][]int {
	r := map[int][2][]int{}
	for _, p := range pools {
		r[p.Team] = [2][]int{p.Users, p.Currents}
	}
	return r
}

func standInPools(pools map[int]*standin.Pool) map[int][2][]int {
	r := map[int][2][]int{}
	for team, p := range pools {
		r[team] = [2][]int{append([]int{}, p.Users...), append([]int{}, p.Currents...)}
	}
	return r
}
