package presence

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// user is somebody with a client, which does what a notification server does for
// it.
type user struct {
	w      *world
	handle string
	name   msnp.Encoded
	v      msnp.Version
	looks  Appearance // its own, but for the status
	at     *node
	p      *Principal
	e      *Endpoint
	*connection
	view map[string]string // what contacts are shown as
	told []string          // every line
	says map[string]string // what is personal of contacts who are there
}

// home puts the shard of a handle on a node.
func (w *world) home(handle, node string) {
	w.t.Helper()
	for _, other := range w.nodes {
		for _, p := range other.hub.All() {
			if p.Handle != handle && cluster.ShardOf(p.Handle) == cluster.ShardOf(handle) {
				w.t.Fatalf("%s and %s are in the same shard", handle, p.Handle)
			}
		}
	}
	w.owned.set(handle, node, "")
}

// come signs somebody in at a node that it is at home on from now on.
func (w *world) come(handle, node string, status msnp.Status) *user {
	w.t.Helper()
	return w.comeWith(msnp.MSNP7, handle, node, status)
}

// comeWith is come with a client of a version.
func (w *world) comeWith(v msnp.Version, handle, node string, status msnp.Status) *user {
	w.t.Helper()
	u := w.signedIn(v, handle, node)
	u.set(status)
	return u
}

// signedIn is comeWith without a status yet.
func (w *world) signedIn(v msnp.Version, handle, node string) *user {
	w.t.Helper()
	w.settle()
	w.home(handle, node)
	u := &user{w: w, handle: handle, v: v, name: msnp.Encoded(handle), view: make(map[string]string)}
	u.signIn(node)
	return u
}

func (u *user) signIn(node string) {
	u.w.t.Helper()
	u.at = u.w.nodes[node]
	u.connection = new(connection)
	u.e = &Endpoint{Version: u.v, Session: u.connection, Since: time.Now()}
	p, _, err := u.at.hub.SignIn(u.handle, u.name, u.e)
	if err != nil {
		u.w.t.Fatal(err)
	}
	u.p = p
	u.p.Load(u.e, u.w.lists.read(u.handle))
	u.e.BeginSync()(true)
	u.view, u.says = make(map[string]string), make(map[string]string)
}

// set is CHG.
func (u *user) set(status msnp.Status) {
	first := !u.e.Arrived()
	look := u.looks
	look.Status = status
	u.p.SetStatus(u.e, look)
	if first {
		u.p.Contacts(u.e, 1, false)
		u.p.Ready(u.e)
	}
}

// rename is REA of oneself.
func (u *user) rename(name msnp.Encoded) {
	u.name = name
	u.p.SetName(name)
}

// say is UUX.
func (u *user) say(message string) {
	u.p.SetPersonal(u.e, msnp.ChangePersonal{Personal: msnp.Personal{Message: message}, KeepMedia: true})
}

// leave is the end of the connection.
func (u *user) leave() { u.p.Detach(u.e) }

// add is ADD FL. The client shows a new contact as offline.
func (u *user) add(contact string) {
	u.see()
	delete(u.view, contact)
	delete(u.says, contact)
	u.w.lists.edit(u.handle, func(p *roster.Privacy) { p.Set(contact, roster.Forward) })
	u.w.lists.edit(contact, func(p *roster.Privacy) { p.Set(u.handle, roster.Reverse) })
	u.p.Edit(contact, func(p *roster.Privacy) { p.Set(contact, roster.Forward) }, false)
	u.at.hub.Reverse(contact, u.handle, true)
	u.p.Contact(u.e, 2, contact, false)
	u.at.hub.Tell(contact, msnp.Added{List: msnp.ReverseList, Version: 5, Handle: u.handle, Name: u.p.Name(), Group: msnp.NoGroup})
}

// rem is REM FL. What the client was shown of the contact it forgets.
func (u *user) rem(contact string) {
	u.w.lists.edit(u.handle, func(p *roster.Privacy) { p.Clear(contact, roster.Forward) })
	u.w.lists.edit(contact, func(p *roster.Privacy) { p.Clear(u.handle, roster.Reverse) })
	u.p.Edit(contact, func(p *roster.Privacy) { p.Clear(contact, roster.Forward) }, false)
	u.at.hub.Reverse(contact, u.handle, false)
	u.at.hub.Tell(contact, msnp.Removed{List: msnp.ReverseList, Version: 6, Handle: u.handle, Group: msnp.NoGroup})
	u.see()
	delete(u.view, contact)
	delete(u.says, contact)
}

// list is ADD or REM of AL or BL.
func (u *user) list(contact string, list roster.Lists, on bool) {
	change := func(p *roster.Privacy) {
		if on {
			p.Set(contact, list)
		} else {
			p.Clear(contact, list)
		}
	}
	u.w.lists.edit(u.handle, change)
	u.p.Edit(contact, change, on && list == roster.Allow)
}

// blp is BLP.
func (u *user) blp(block bool) {
	u.w.lists.edit(u.handle, func(p *roster.Privacy) { p.BlockUnlisted = block })
	u.p.SetDefault(block)
}

// see takes what the client was told into its view.
func (u *user) see() {
	for _, line := range u.take() {
		u.told = append(u.told, line)
		switch w := strings.Fields(line); w[0] {
		case "ILN":
			u.view[w[3]] = w[2] + " " + strings.Join(w[4:], " ")
		case "NLN":
			u.view[w[2]] = w[1] + " " + strings.Join(w[3:], " ")
		case "FLN":
			delete(u.view, w[1])
			delete(u.says, w[1])
		case "UBX":
			_, payload, _ := strings.Cut(line, "\r\n")
			if _, there := u.view[w[1]]; there { // else it is of somebody who is offline
				u.says[w[1]] = payload
			}
		}
	}
}

// sees waits until the client shows these contacts, and no others.
func (u *user) sees(want ...string) {
	u.w.t.Helper()
	var got []string
	for end := time.Now().Add(wait); ; {
		u.see()
		got = got[:0]
		for _, handle := range slices.Sorted(maps.Keys(u.view)) {
			got = append(got, handle+" "+u.view[handle])
		}
		if slices.Equal(got, want) {
			return
		}
		if time.Now().After(end) {
			u.w.t.Fatalf("%s sees %q, want %q; it was told %q", u.handle, got, want, u.told)
		}
		pause()
	}
}

// heard waits until the client has been told a line, and forgets all before.
func (u *user) heard(want string) {
	u.w.t.Helper()
	for end := time.Now().Add(wait); ; {
		u.see()
		if i := slices.Index(u.told, want); i >= 0 {
			u.told = u.told[i+1:]
			return
		}
		if time.Now().After(end) {
			u.w.t.Fatalf("%s was told %q, not %q", u.handle, u.told, want)
		}
		pause()
	}
}

// only waits until the client has been told something, which must be all that it
// was told since the last time.
func (u *user) only(want ...string) {
	u.w.t.Helper()
	if len(want) > 0 {
		for end := time.Now().Add(wait); ; pause() {
			u.see()
			if slices.Contains(u.told, want[len(want)-1]) || time.Now().After(end) {
				break
			}
		}
	}
	u.see()
	if !slices.Equal(u.told, want) {
		u.w.t.Errorf("%s was told %q, want %q", u.handle, u.told, want)
	}
	u.told = nil
}

// handOver moves somebody to another node, as when its shard is handed over. The
// client signs in there.
func (u *user) handOver(to string) {
	u.w.t.Helper()
	u.w.owned.set(u.handle, u.at.ID(), to)
	u.at.hub.Close(cluster.ShardOf(u.handle))
	state, ok := u.p.Leave()
	if !ok {
		u.w.t.Fatalf("%s cannot leave", u.handle)
	}
	if err := u.at.Carry(u.w.t.Context(), to, state); err != nil {
		u.w.t.Fatal(err)
	}
	u.e.Mute()
	u.p.Release()
	u.w.owned.set(u.handle, to, "")
	u.w.nodes[to].hub.Open(cluster.ShardOf(u.handle))
}

// back is the sign-in of a client that was moved.
func (u *user) back() {
	u.w.t.Helper()
	u.see()
	home, _ := u.w.owned.Owner(cluster.ShardOf(u.handle))
	u.signIn(home.Node)
	u.set(u.p.Status())
}
