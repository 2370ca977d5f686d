package libredesk

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"evenhand"
	"evenhand/libredesk/internal/standin"
)

// week simulates a week of a desk, a tick every five minutes, from one seed.
type week struct {
	random *rand.Rand
	desk   *standin.Desk
	open   []string
	next   int
	// witness sees what the old engine sees and does.
	witness *witness
}

// weekTeams are the teams, their limits and their members; agents 6 to 8 are in two.
var weekTeams = []struct {
	id, limit int
	name      string
	members   []int
	// hourly is how many conversations arrive in an hour of a working day.
	hourly float64
}{
	{1, 5, "Support", []int{1, 2, 3, 4, 5, 6, 7, 8}, 12},
	{2, 0, "Orders", []int{6, 7, 8, 9, 10, 11, 12}, 7},
	{3, 2, "Billing", []int{13, 14, 15}, 5},
}

func newWeek() *week {
	w := &week{random: rand.New(rand.NewPCG(7, 7)), desk: standin.NewDesk()}
	for _, team := range weekTeams {
		w.desk.SetTeam(standin.Team{
			ID: team.id, Name: team.name, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: team.limit,
		}, team.members...)
	}
	w.witness = &witness{week: w}
	return w
}

// live plays a week with the engine that is ticked.
func (w *week) live(t *testing.T, tick func() error) {
	w.desk.Before = w.trouble()
	for minute := 0; minute < 7*24*60; minute += 5 {
		w.people(minute)
		w.traffic(minute)
		if err := tick(); err != nil {
			t.Fatal(err)
		}
	}
}

// people come, go to lunch, take a break and leave.
func (w *week) people(minute int) {
	hour := float64(minute%(24*60)) / 60
	weekend := minute/(24*60) >= 5
	for agent := 1; agent <= 15; agent++ {
		begins := 7 + float64(agent%4)
		lunch := begins + 3.5 + float64(agent%3)/2
		status := standin.Online
		switch {
		case hour < begins || hour >= begins+8.5 || weekend && agent%5 != 0:
			status = standin.AwayManual
		case hour >= lunch && hour < lunch+0.5:
			status = standin.AwayManual
		case w.random.IntN(40) == 0:
			status = standin.Away
		}
		w.desk.SetStatus(status, agent)
	}
}

// traffic lets conversations arrive, be taken by hand and be resolved.
func (w *week) traffic(minute int) {
	hour := minute % (24 * 60) / 60
	for _, team := range weekTeams {
		rate := team.hourly / 12
		if hour < 7 || hour > 19 {
			rate /= 10
		}
		for range 4 {
			if w.random.Float64() < rate/4 {
				w.next++
				w.desk.Arrive(uuid(w.next), team.id)
				w.open = append(w.open, uuid(w.next))
			}
		}
	}
	w.open = slices.DeleteFunc(w.open, func(uuid string) bool {
		held := w.desk.Assignee(uuid)
		switch {
		case held == 0 && w.random.IntN(150) == 0:
			w.desk.Assign(uuid, 1+w.random.IntN(15))
		case held != 0 && w.random.IntN(14) == 0:
			w.desk.Resolve(uuid)
			return true
		}
		return false
	})
}

// trouble lets some claims come too late and some fail.
func (w *week) trouble() func(standin.Call) error {
	random := rand.New(rand.NewPCG(8, 8))
	return func(c standin.Call) error {
		if c.Method != "ClaimUnassignedConversation" {
			return nil
		}
		switch random.IntN(100) {
		case 0:
			w.desk.Assign(c.UUID, 1+random.IntN(15))
		case 1:
			return fmt.Errorf("no connection")
		}
		return nil
	}
}

// witness stands between the old engine and its conversation manager and writes everything down.
type witness struct {
	standin.ClaimingStore
	week    *week
	moments []moment
}

// moment is one tick: the desk when the old engine listed what waits, and its writes in order.
type moment struct {
	waiting []standin.Conversation
	online  map[int]bool
	loads   map[int]int
	writes  []written
}

// written is a write, or without a uuid a count.
type written struct {
	uuid        string
	agent       int
	late, wrong bool
	count       int
}

func (w *witness) GetUnassignedConversations() ([]standin.Conversation, error) {
	m := moment{online: map[int]bool{}, loads: map[int]int{}}
	for agent := 1; agent <= 15; agent++ {
		m.online[agent] = w.week.desk.Status(agent) != standin.AwayManual
		m.loads[agent] = w.week.desk.Count(agent)
	}
	var err error
	m.waiting, err = w.ClaimingStore.GetUnassignedConversations()
	w.moments = append(w.moments, m)
	return m.waiting, err
}

func (w *witness) ClaimUnassignedConversation(uuid string, agent, team int, actor standin.User) error {
	err := w.ClaimingStore.ClaimUnassignedConversation(uuid, agent, team, actor)
	m := &w.moments[len(w.moments)-1]
	m.writes = append(m.writes, written{uuid: uuid, agent: agent, late: err == standin.ErrConversationAlreadyAssigned, wrong: err != nil})
	return err
}

func (w *witness) ActiveUserConversationsCount(agent int) (int, error) {
	count, err := w.ClaimingStore.ActiveUserConversationsCount(agent)
	m := &w.moments[len(w.moments)-1]
	m.writes = append(m.writes, written{agent: agent, count: count})
	return count, err
}

// sums are the figures of one engine, worked out from what the witness wrote down: exact fractions, no shared code.
type sums struct {
	received map[int]int
	owed     map[int]*big.Rat
	figures  Figures
}

func sum(moments []moment, picks func(i int) (loads map[int]int, writes []written)) sums {
	s := sums{received: map[int]int{}, owed: map[int]*big.Rat{}}
	for agent := 1; agent <= 15; agent++ {
		s.owed[agent] = new(big.Rat)
	}
	farthest := new(big.Rat)
	lastOf, length := map[int]int{}, map[int]int{}
	waited := map[string]bool{}
	for i, m := range moments {
		loads, writes := picks(i)
		teamOf := map[string]int{}
		for _, c := range m.waiting {
			teamOf[c.UUID] = c.AssignedTeamID.Int
		}
		could := func(team int) (agents []int) {
			for _, t := range weekTeams {
				for _, agent := range t.members {
					if t.id == team && m.online[agent] && (t.limit == 0 || loads[agent] < t.limit) {
						agents = append(agents, agent)
					}
				}
			}
			return agents
		}
		done := map[string]bool{}
		for _, w := range writes {
			if w.uuid == "" {
				loads[w.agent] = w.count
				continue
			}
			done[w.uuid] = true
			if w.wrong {
				continue
			}
			team := teamOf[w.uuid]
			agents := could(team)
			s.figures.Assigned++
			s.received[w.agent]++
			if !slices.Contains(agents, w.agent) {
				s.figures.NotCandidates++
			}
			for _, agent := range agents {
				s.owed[agent].Add(s.owed[agent], big.NewRat(1, int64(len(agents))))
			}
			for agent := range s.owed {
				off := new(big.Rat).Sub(big.NewRat(int64(s.received[agent]), 1), s.owed[agent])
				if off.Abs(off).Cmp(farthest) > 0 {
					farthest = off
				}
			}
			if len(agents) > 1 {
				if lastOf[team] != w.agent {
					length[team] = 0
				}
				lastOf[team] = w.agent
				length[team]++
				s.figures.LongestRun = max(s.figures.LongestRun, length[team])
			}
			loads[w.agent]++
		}
		for _, c := range m.waiting {
			if !done[c.UUID] && len(could(c.AssignedTeamID.Int)) > 0 {
				waited[c.UUID] = true
			}
		}
	}
	s.figures.WaitedWhileFree = len(waited)
	s.figures.Farthest, _ = farthest.Float64()
	return s
}

// evenhandPicks plans every moment once more, with the planner alone.
func evenhandPicks(t *testing.T, moments []moment) (at []map[int]int, writes [][]written, pickOf []map[string]int) {
	var cursors []evenhand.Cursor
	mine := map[string]int{}
	for _, m := range moments {
		s := evenhand.Snapshot{Cursors: cursors}
		still := map[string]int{}
		loads := maps.Clone(m.loads)
		for _, c := range m.waiting {
			if agent := mine[c.UUID]; agent > 0 {
				still[c.UUID] = agent
				loads[agent]++
				continue
			}
			s.Conversations = append(s.Conversations, evenhand.Conversation{ID: c.UUID, Team: strconv.Itoa(c.AssignedTeamID.Int)})
		}
		mine = still
		for agent := 1; agent <= 15; agent++ {
			word := "away"
			if m.online[agent] {
				word = "online"
			}
			s.Agents = append(s.Agents, evenhand.Agent{ID: strconv.Itoa(agent), Availability: word, Load: evenhand.Ptr(loads[agent])})
		}
		for _, row := range weekTeams {
			team := evenhand.Team{ID: strconv.Itoa(row.id), Assignment: evenhand.AssignmentRoundRobin}
			if row.limit > 0 {
				team.MaxLoad = evenhand.Ptr(row.limit)
			}
			for _, agent := range row.members {
				team.Members = append(team.Members, evenhand.Member{Agent: strconv.Itoa(agent)})
			}
			s.Teams = append(s.Teams, team)
		}
		plan, err := planning.Plan(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		cursors = plan.Cursors
		var list []written
		for _, d := range plan.Decisions {
			if d.Agent != nil {
				mine[d.Conversation] = atoi(*d.Agent)
				list = append(list, written{uuid: d.Conversation, agent: mine[d.Conversation]})
			}
		}
		// What it holds already is settled in this moment too.
		var held []written
		for uuid := range still {
			held = append(held, written{uuid: uuid, wrong: true})
		}
		at, writes, pickOf = append(at, loads), append(writes, append(held, list...)), append(pickOf, maps.Clone(mine))
	}
	return at, writes, pickOf
}

func TestTheReportOfAWeek(t *testing.T) {
	w := newWeek()
	s := shadowOf(t, w.desk)
	w.witness.ClaimingStore = s
	old := oldEngine(w.desk, w.witness)
	w.live(t, old.Tick)
	s.Close()
	r := s.Report()

	moments := w.witness.moments
	theirs := sum(moments, func(i int) (map[int]int, []written) { return maps.Clone(moments[i].loads), moments[i].writes })
	at, writes, pickOf := evenhandPicks(t, moments)
	ours := sum(moments, func(i int) (map[int]int, []written) { return at[i], writes[i] })
	compare(t, "libredesk", r.Libredesk, theirs.figures)
	compare(t, "evenhand", r.Evenhand, ours.figures)
	if r.Ticks != len(moments) || r.Ticks != 2016 || r.Failed != 0 {
		t.Errorf("%d ticks, %d failed", r.Ticks, r.Failed)
	}
	seen := 0
	for _, a := range r.Agents {
		seen++
		for _, c := range []struct {
			share Share
			sums  sums
		}{{a.Libredesk, theirs}, {a.Evenhand, ours}} {
			owed, _ := c.sums.owed[a.Agent].Float64()
			if c.share.Received != c.sums.received[a.Agent] || math.Abs(c.share.Owed-owed) > 1e-6 {
				t.Errorf("agent %d: %+v, expected %d of %f", a.Agent, c.share, c.sums.received[a.Agent], owed)
			}
		}
	}
	if seen != 15 {
		t.Errorf("%d agents", seen)
	}
	same, different, only, unclear := 0, 0, 0, 0
	for i, m := range moments {
		for _, write := range m.writes {
			switch pick := pickOf[i][write.uuid]; {
			case write.uuid == "":
			case write.wrong && !write.late:
				unclear++
			case write.wrong:
			case pick == write.agent:
				same++
			case pick > 0:
				different++
			default:
				only++
			}
		}
	}
	if got, want := [4]int{r.Same, r.Different, r.OnlyLibredesk, r.Unclear}, [4]int{same, different, only, unclear}; got != want {
		t.Errorf("%v, expected %v", got, want)
	}
	page, err := os.ReadFile("MIGRATION.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(page), "```text\n")
	shown, _, _ = strings.Cut(shown, "```")
	if whole := table(r); shown == "" || !strings.HasPrefix(whole, shown) {
		t.Errorf("MIGRATION.md shows another week than this:\n%s", whole)
	}
	// What the week is for: the figures tell the two apart.
	if r.Evenhand.WaitedWhileFree > 0 || r.Evenhand.NotCandidates > 0 || r.Libredesk.NotCandidates > 0 || r.Evenhand.Farthest*2 > r.Libredesk.Farthest {
		t.Error("no difference to speak of")
	}
}

func compare(t *testing.T, who string, got, want Figures) {
	t.Helper()
	if math.Abs(got.Farthest-want.Farthest) < 1e-6 {
		got.Farthest = want.Farthest
	}
	if got != want {
		t.Errorf("%s: %+v, expected %+v", who, got, want)
	}
}

// The old engine does the same with a shadow and without.
func TestAShadowChangesNothing(t *testing.T) {
	var assigned [2][]int
	for i := range assigned {
		w := newWeek()
		var store standin.ClaimingStore = standin.NewConversationManager(w.desk)
		if i == 1 {
			store = shadowOf(t, w.desk)
		}
		old := oldEngine(w.desk, store)
		w.live(t, old.Tick)
		for c := 1; c <= w.next; c++ {
			assigned[i] = append(assigned[i], w.desk.Assignee(uuid(c)))
		}
	}
	if len(assigned[0]) == 0 || !slices.Equal(assigned[0], assigned[1]) {
		t.Errorf("of %d conversations some went to another agent", len(assigned[0]))
	}
}
