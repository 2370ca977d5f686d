package libredesk

import (
	"fmt"
	"slices"
	"strconv"

	"evenhand"
)

// policies are what the managers say beyond what Libredesk's own do; nil where neither can.
type policies struct {
	priorities Prioritizer
	preferred  Preferrer
	needs      Needer
	skills     Skiller
}

// policiesOf finds the optional methods of the two managers.
func policiesOf(managers ...any) policies {
	return policies{find[Prioritizer](managers), find[Preferrer](managers), find[Needer](managers), find[Skiller](managers)}
}

func find[I any](managers []any) (found I) {
	for _, manager := range managers {
		if wrapped, ok := manager.(interface{ manager() any }); ok {
			manager = wrapped.manager()
		}
		if able, ok := manager.(I); ok {
			return able
		}
	}
	return found
}

// The wire's limits.
const (
	maxPriority = 1000
	maxLevel    = 1000
)

// readPolicies asks for what is said of the conversations that wait and of the agents who may be needed.
func (d *desk) readPolicies(r *reading) error {
	uuids := make([]string, len(r.waiting))
	for i, c := range r.waiting {
		uuids[i] = c.UUID
	}
	if len(uuids) == 0 {
		return nil
	}
	var err error
	if d.policies.priorities != nil {
		if r.priorities, err = d.policies.priorities.ConversationPriorities(uuids); err != nil {
			r.priorities = nil
			d.log.Error("error reading priorities, all are level", "error", err)
		}
	}
	if d.policies.preferred != nil {
		if r.preferred, err = d.policies.preferred.PreferredAgents(uuids); err != nil {
			r.preferred = nil
			d.log.Error("error reading preferred agents, there are none", "error", err)
		}
	}
	if d.policies.needs == nil {
		return nil
	}
	if r.needs, err = d.policies.needs.ConversationNeeds(uuids); err != nil {
		return fmt.Errorf("reading needs: %w", err)
	}
	r.waiting = slices.DeleteFunc(r.waiting, func(c Conversation) bool {
		odd := slices.ContainsFunc(r.needs[c.UUID], func(need evenhand.Need) bool { return !validID(need.Skill) })
		if odd {
			d.log.Error("error reading needs: the id of a skill is empty or too long", "conversation_uuid", c.UUID)
		}
		return odd
	})
	if agents := d.needed(r); d.policies.skills != nil && len(agents) > 0 {
		if r.skills, err = d.policies.skills.AgentSkills(agents); err != nil {
			return fmt.Errorf("reading skills: %w", err)
		}
	}
	return nil
}

func validID(id string) bool { return id != "" && len(id) <= maxID }

// level returns a level as the wire has it; 0 stands for 1.
func level(of int) int { return min(max(of, 1), maxLevel) }

// wireSkills returns what an agent knows, each skill once, at its best level.
func (r *reading) wireSkills(agent int) []evenhand.Skill {
	var skills []evenhand.Skill
	for _, skill := range r.skills[agent] {
		if !validID(skill.Skill) {
			continue
		}
		skill.Level = level(skill.Level)
		i := slices.IndexFunc(skills, func(known evenhand.Skill) bool { return known.Skill == skill.Skill })
		if i < 0 {
			skills = append(skills, skill)
		} else {
			skills[i].Level = max(skills[i].Level, skill.Level)
		}
	}
	return skills
}

// wireNeeds returns what whoever gets a conversation has to know.
func (r *reading) wireNeeds(uuid string) []evenhand.Need {
	var needs []evenhand.Need
	for _, need := range r.needs[uuid] {
		needs = append(needs, evenhand.Need{Skill: need.Skill, Level: level(need.Level)})
	}
	return needs
}

// wirePreferred returns who is to get a conversation if they can, each once.
func (r *reading) wirePreferred(uuid string) []string {
	var agents []string
	for _, agent := range r.preferred[uuid] {
		if id := strconv.Itoa(agent); !slices.Contains(agents, id) {
			agents = append(agents, id)
		}
	}
	return agents
}

// qualified returns whether an agent knows what a conversation needs.
func (r *reading) qualified(agent int, uuid string) bool {
	needs := r.wireNeeds(uuid)
	if len(needs) == 0 {
		return true
	}
	skills := r.wireSkills(agent)
	return !slices.ContainsFunc(needs, func(need evenhand.Need) bool {
		return !slices.ContainsFunc(skills, func(skill evenhand.Skill) bool {
			return skill.Skill == need.Skill && skill.Level >= need.Level
		})
	})
}
