package presence

import (
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// Appearance is what a client sets with CHG.
type Appearance struct {
	Status       msnp.Status
	Object       string // "" for no display picture
	Capabilities msnp.Capabilities
}

// look is all that others may see of a principal but for its name.
type look struct {
	status msnp.Status
	cluster.Looks
}

func (a Appearance) with(p msnp.Personal) look {
	return look{a.Status, cluster.Looks{Personal: p, Object: a.Object, Capabilities: a.Capabilities}}
}

// current is what the principal looks like now.
func (p *Principal) current() look { return look{p.status, p.looks()} }

// more is what clients of later versions have said of themselves. Many of those of
// the first years are signed in for long, and it takes no memory for them.
type more struct {
	cluster.Looks
	personalSeq uint64 // of what is personal, see cluster.Shown
}

func (p *Principal) looks() cluster.Looks {
	if p.more == nil {
		return cluster.Looks{}
	}
	return p.more.Looks
}

func (p *Principal) personalSeq() uint64 {
	if p.more == nil {
		return 0
	}
	return p.more.personalSeq
}

// setLook keeps what the principal looks like from now on.
func (p *Principal) setLook(l look, personalSeq uint64) {
	p.status = l.status
	switch {
	case l.Looks == cluster.Looks{} && personalSeq == 0:
		p.more = nil
	case p.more == nil:
		p.more = &more{l.Looks, personalSeq}
	default:
		*p.more = more{l.Looks, personalSeq}
	}
}

// Appearance gives what was last set with CHG.
func (p *Principal) Appearance() Appearance {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.current()
	return Appearance{Status: l.status, Object: l.Object, Capabilities: l.Capabilities}
}

// Personal gives what the client has set, so that one that is told again can be known.
func (p *Principal) Personal() msnp.Personal {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.personal()
}

// personal leaves out what is of the connection before.
func (p *Principal) personal() msnp.Personal {
	if p.stale {
		return msnp.Personal{}
	}
	return p.looks().Personal
}

// SetPersonal changes what is shown below the name. It is kept until the client
// signs out, and told to those who can see the principal.
func (p *Principal) SetPersonal(e *Endpoint, change msnp.ChangePersonal) {
	p.mu.Lock()
	var told []*Endpoint
	if p.endpoint.Load() == e && !p.removed {
		next := p.current()
		next.Personal = change.To(p.personal())
		p.stale = false
		told = p.become(next)
	}
	p.mu.Unlock()
	flushAll(told)
}

// become changes what the principal looks like, and queues what the watchers have to
// hear of it.
func (p *Principal) become(next look) []*Endpoint {
	before, personalSeq := p.current(), p.personalSeq()
	// Watchers may see somebody as on a node that was lost, with a message.
	inherited := before.status == "" && next.status != "" && p.hub.inheritedLately(p.shard)
	if inherited || next.Personal != before.Personal {
		personalSeq = p.hub.clock.next()
	}
	p.setLook(next, personalSeq)
	open, wasOpen := next.status.Open(), before.status.Open()
	switch {
	case inherited:
		return p.tellEverybody()
	case !open && !wasOpen:
		return nil
	case open != wasOpen:
		return p.tellWatchers(cluster.AboutAll)
	}
	about, changed := differ(before, next)
	if !changed {
		return nil
	}
	return p.tellWatchers(about)
}

// differ tells in what two looks do.
func differ(one, other look) (about cluster.About, changed bool) {
	personal := one.Personal != other.Personal
	one.Personal = other.Personal
	switch status := one != other; {
	case status && personal:
		return cluster.AboutAll, true
	case personal:
		return cluster.AboutPersonal, true
	default:
		return cluster.AboutStatus, status
	}
}
