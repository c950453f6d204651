package presence

import (
	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// notice is what an account is shown as, of which something has changed. It is
// encoded once a version, for however many are told of it.
type notice struct {
	shown         cluster.Shown
	about         cluster.About
	lines         [msnp.NumVersions][]byte
	personalLines *[msnp.NumVersions][]byte // nil before the first
}

// status is the line about the status, nil if there is none.
func (n *notice) status(v msnp.Version) []byte {
	if !n.about.Has(cluster.AboutStatus) {
		return nil
	}
	return n.statusLine(v)
}

// statusLine is the line about the status, whether that has changed or not.
func (n *notice) statusLine(v msnp.Version) []byte {
	if n.lines[v] == nil {
		n.lines[v] = news(&n.shown, v)
	}
	return n.lines[v]
}

// personal is the line about what is personal, nil if there is none.
func (n *notice) personal(v msnp.Version) []byte {
	if !n.about.Has(cluster.AboutPersonal) || !showsPersonal(&n.shown, v) {
		return nil
	}
	if n.personalLines == nil {
		n.personalLines = new([msnp.NumVersions][]byte)
	}
	if n.personalLines[v] == nil {
		n.personalLines[v] = personalNews(&n.shown, v)
	}
	return n.personalLines[v]
}

// news is the line that tells of a change.
func news(s *cluster.Shown, v msnp.Version) []byte {
	if s.Status.Open() {
		return msnp.Online{
			Status: s.Status, Handle: s.Handle, Name: s.Name, Capabilities: s.Capabilities, Object: s.Object,
		}.Append(nil, v)
	}
	return msnp.Offline{Handle: s.Handle}.Append(nil, v)
}

// showsPersonal reports whether a client may have been told something personal of an
// account, or is to be. Where that was never set there is nothing to be cleared.
func showsPersonal(s *cluster.Shown, v msnp.Version) bool {
	return s.Status.Open() && s.PersonalSeq != 0 && v.Has(msnp.FeaturePersonalMessages)
}

// personalAsOf numbers what is personal, also where nothing is: that is later than what
// was before the account was offline, or in another session.
func personalAsOf(s *cluster.Shown) uint64 {
	if s.PersonalSeq == 0 || !s.Status.Open() {
		return s.Seq
	}
	return s.PersonalSeq
}

// personalNews is the line that tells of it.
func personalNews(s *cluster.Shown, v msnp.Version) []byte {
	return msnp.ContactPersonal{Handle: s.Handle, Personal: s.Personal}.Append(nil, v)
}
