package presence

import (
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// News is a line about somebody's lists that another has caused: an
// [msnp.Added], [msnp.Removed] or [msnp.ContactSetting].
type News interface {
	Append(dst []byte, v msnp.Version) []byte
}

// Tell puts a line about the lists into the queue of a principal's endpoint,
// if it has fetched its lists, and writes it.
func (h *Hub) Tell(handle string, news News) {
	if e, ok := packNews(handle, news); ok {
		h.edit(e, nil)
	}
}

// Reverse notes that contact has put handle on its forward list, or taken it
// off, so that handle's presence is shown to it or no longer.
func (h *Hub) Reverse(handle, contact string, added bool) {
	e := cluster.Edit{Kind: cluster.EditUnreversed, Handle: handle, Contact: contact}
	if added {
		e.Kind = cluster.EditReversed
	}
	h.edit(e, nil)
}

// Erase takes contact, whose account was removed, off lists of handle.
func (h *Hub) Erase(handle, contact string, lists roster.Lists) {
	h.edit(cluster.Edit{Kind: cluster.EditErased, Handle: handle, Contact: contact, Lists: uint8(lists)}, nil)
}

// packNews makes of a line what can be told on another node.
func packNews(handle string, news News) (cluster.Edit, bool) {
	switch m := news.(type) {
	case msnp.Added:
		return cluster.Edit{
			Kind: cluster.EditAdded, Handle: handle, Contact: m.Handle, List: m.List, Version: m.Version, Name: m.Name,
		}, true
	case msnp.Removed:
		return cluster.Edit{
			Kind: cluster.EditRemoved, Handle: handle, Contact: m.Handle, List: m.List, Version: m.Version, GUID: m.Contact,
		}, true
	case msnp.ContactSetting:
		return cluster.Edit{
			Kind: cluster.EditSetting, Handle: handle, Contact: m.Handle, Version: m.Version, Key: m.Key, Value: m.Value,
		}, true
	}
	return cluster.Edit{}, false
}

// unpackNews is the other way. It gives nil for what clients of a version are
// not told, and for what a later version of the software has to tell.
func unpackNews(e *cluster.Edit, v msnp.Version) News {
	switch e.Kind {
	case cluster.EditAdded:
		return msnp.Added{List: e.List, Version: e.Version, Handle: e.Contact, Name: e.Name, Group: msnp.NoGroup}
	case cluster.EditRemoved:
		return msnp.Removed{List: e.List, Version: e.Version, Handle: e.Contact, Group: msnp.NoGroup, Contact: e.GUID}
	case cluster.EditSetting:
		if v.Has(msnp.FeatureProperties) {
			return msnp.ContactSetting{Version: e.Version, Handle: e.Contact, Key: e.Key, Value: e.Value}
		}
	case cluster.EditReversed, cluster.EditUnreversed, cluster.EditErased, cluster.EditAsked: // nothing for the client
	}
	return nil
}

// result is what has become of an edit.
type result struct {
	done  bool
	wait  bool          // it can be done when the account has moved, or has not
	node  string        // where it is to be done, too, if that is known to be elsewhere
	shown cluster.Shown // for EditAsked
	told  []*Endpoint   // to be flushed
}

// apply does an edit if this is the account's home. An account that is leaving has
// none for the moment; nor has one whose owner is not known, even if it is here yet:
// this node may have lost its lease.
func (h *Hub) apply(e *cluster.Edit) result {
	node, known := h.elsewhere(e.Handle)
	if !known {
		return result{wait: true}
	}
	for p := h.Find(e.Handle); p != nil; p = h.Find(e.Handle) {
		if r, ok := p.apply(e); ok {
			if h.expected(p) {
				r.node = node
			}
			return r
		}
	}
	return result{done: node == "", node: node, shown: cluster.Shown{Handle: e.Handle, Seq: h.clock.next()}}
}

// apply reports false if the principal has just been removed.
func (p *Principal) apply(e *cluster.Edit) (r result, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.removed:
		return result{}, false
	case p.leaving.Load(), p.settling() && e.Kind == cluster.EditAsked:
		return result{wait: true}, true
	}
	r.done = true
	switch e.Kind {
	case cluster.EditReversed, cluster.EditUnreversed:
		if p.hub.latest(e.Handle, e.Contact, e.Number) {
			p.reverse(e.Contact, e.Kind == cluster.EditReversed)
		}
	case cluster.EditErased:
		r.told = p.edit(e.Contact, func(lists *roster.Privacy) { lists.Clear(e.Contact, roster.Lists(e.Lists)) }, false)
	case cluster.EditAsked:
		r.shown = p.shownTo(e.Contact)
	default:
		r.told = p.news(e)
	}
	return r, true
}

// reverse changes whether contact is on the reverse list. It is told nothing, but
// what it is shown when it asks is later than what it was shown before.
func (p *Principal) reverse(contact string, added bool) {
	p.number(cluster.AboutAll)
	p.change(func(lists *roster.Privacy) {
		if added {
			lists.Set(contact, roster.Reverse)
		} else {
			lists.Clear(contact, roster.Reverse)
		}
	})
}

// news tells the client of what has happened to its lists.
func (p *Principal) news(e *cluster.Edit) []*Endpoint {
	endpoint := p.endpoint.Load()
	if endpoint == nil {
		return nil
	}
	news := unpackNews(e, endpoint.Version)
	if news == nil {
		return nil
	}
	line := news.Append(nil, endpoint.Version)
	if len(line) == 0 { // a setting that was unset, of which the version has no news
		return nil
	}
	endpoint.tell(line)
	return []*Endpoint{endpoint}
}
