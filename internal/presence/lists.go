package presence

import (
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// News is a line about somebody's lists that another has caused: an
// [msnp.Added], [msnp.Removed] or [msnp.ContactSetting].
type News interface {
	Append(dst []byte, v msnp.Version) []byte
}

// meant reports whether clients of a version are told of something.
func meant(n News, v msnp.Version) bool {
	if _, ok := n.(msnp.ContactSetting); ok {
		return v.Has(msnp.FeatureProperties)
	}
	return true
}

// Tell puts a line about the lists into the queue of a principal's endpoint,
// if it has fetched its lists, and writes it.
func (h *Hub) Tell(handle string, news News) {
	p := h.Find(handle)
	if p == nil {
		return
	}
	e := p.Endpoint()
	if e == nil || !meant(news, e.Version) {
		return
	}
	e.tell(news.Append(nil, e.Version))
	e.Session.Flush()
}

// Reverse notes that contact has put handle on its forward list, or taken it
// off, so that handle's presence is shown to it or no longer.
func (h *Hub) Reverse(handle, contact string, added bool) {
	if p := h.Find(handle); p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.change(func(lists *roster.Privacy) {
			if added {
				lists.Set(contact, roster.Reverse)
			} else {
				lists.Clear(contact, roster.Reverse|roster.Pending)
			}
		})
	}
}

// Erase takes contact, whose account was removed, off lists of handle.
func (h *Hub) Erase(handle, contact string, lists roster.Lists) {
	if p := h.Find(handle); p != nil {
		p.Edit(contact, func(privacy *roster.Privacy) { privacy.Clear(contact, lists) }, false)
	}
}
