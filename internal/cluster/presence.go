package cluster

import (
	"context"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/papilio-im/papilio/msnp"
)

// The verbs of the messages below. A verb is never given another meaning.
const (
	verbNotices = "notices"
	verbStates  = "states"
	verbEdits   = "edits"
	verbRepeat  = "repeat"
	verbRecall  = "recall"
)

// notices are sent together, in their order.
type notices struct{ Notices []Notice }

// Query asks for what a watcher may see of others, at their homes.
type Query struct {
	Watcher  string
	Subjects []string
	// Listed, if not 0, says that the watcher has all of them on its forward list, as
	// of this moment: an [Edit] with a higher Number is later.
	Listed uint64
}

// Answer is what there is to be seen. Who is not in it is shown as offline, or at
// home elsewhere.
type Answer struct {
	// AsOf stands for when it was asked: what the node had said before has a
	// lower number, what it says later a higher one.
	AsOf      uint64
	Shown     []Shown
	Elsewhere []Elsewhere
}

// Elsewhere names those who are at home on another node. Node is "" for those of
// whom the node that was asked cannot tell, since it does not serve them now.
type Elsewhere struct {
	Node    string
	Handles []string
}

// EditKind is what has happened to somebody's lists.
type EditKind uint8

// The kinds there are.
const (
	EditReversed   EditKind = iota + 1 // Contact has put it on its forward list
	EditUnreversed                     // Contact has taken it off
	EditErased                         // Contact's account was removed: it is off Lists
	EditAdded                          // its client is to be told of it: ADD
	EditRemoved                        // likewise: REM
	EditSetting                        // likewise: BPR
	EditAsked                          // none: Contact asks what it may see, after all that
)

// Edit is a change of the lists of an account that another has caused. It is in
// the database; this is for those who have the lists in memory.
type Edit struct {
	// Number is higher than that of any edit that its node has sent before.
	Number  uint64
	Kind    EditKind
	Handle  string // whose lists
	Contact string // who is on them, or was
	Lists   uint8  // bits, see package roster
	List    msnp.List
	Version uint32 // of the lists, after it
	Name    msnp.Encoded
	Key     msnp.Key
	Value   msnp.Encoded
	GUID    msnp.GUID // of the contact, where clients know it by that
}

// Edits are some about accounts of one shard, in their order.
type Edits struct {
	From  string // the node that sends them
	Shard uint16
	Edits []Edit
}

// EditsAnswer tells which edits are done. It can be some of them, to be sent
// again from there on.
type EditsAnswer struct {
	Done      uint64 // the number of the last one
	Elsewhere string // the node at which the account of the next is at home
	Shown     []Shown
}

// Repeat asks a node to tell those who are at home on another again what it has
// told them lately.
type Repeat struct {
	Node string
	For  time.Duration
}

// Recall takes an attempt to carry a principal back.
type Recall struct {
	Handle  string
	Attempt uint64
}

func (m *Notice) fields(c *coder) {
	m.Shown.fields(c)
	number(c, 10, &m.Hops)
	number(c, 13, &m.About)
	if c.reading {
		if v, ok := c.get(noticeWatchers, protowire.BytesType); ok {
			c.bad = c.bad || decode(v.bytes, (*watchers)(&m.Watchers)) != nil
		}
		return
	}
	if len(m.Watchers) > 0 {
		c.out = appendWatchers(c.out, encode((*watchers)(&m.Watchers)))
	}
}

func (w *watchers) fields(c *coder) { texts(c, 1, (*[]string)(w)) }

func appendWatchers(dst, encoded []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(dst, noticeWatchers, protowire.BytesType), encoded)
}

func (m *notices) fields(c *coder) { list(c, 1, &m.Notices) }

func (m *Query) fields(c *coder) {
	text(c, 1, &m.Watcher)
	texts(c, 2, &m.Subjects)
	number(c, 3, &m.Listed)
}

func (m *Elsewhere) fields(c *coder) {
	text(c, 1, &m.Node)
	texts(c, 2, &m.Handles)
}

func (m *Answer) fields(c *coder) {
	number(c, 1, &m.AsOf)
	list(c, 2, &m.Shown)
	list(c, 3, &m.Elsewhere)
}

func (m *Edit) fields(c *coder) {
	number(c, 1, &m.Number)
	number(c, 2, &m.Kind)
	text(c, 3, &m.Handle)
	text(c, 4, &m.Contact)
	number(c, 5, &m.Lists)
	text(c, 6, &m.List)
	number(c, 7, &m.Version)
	text(c, 8, &m.Name)
	text(c, 9, &m.Key)
	text(c, 10, &m.Value)
	text(c, 11, &m.GUID)
}

func (m *Edits) fields(c *coder) {
	text(c, 1, &m.From)
	number(c, 2, &m.Shard)
	list(c, 3, &m.Edits)
}

func (m *EditsAnswer) fields(c *coder) {
	number(c, 1, &m.Done)
	text(c, 2, &m.Elsewhere)
	list(c, 3, &m.Shown)
}

func (m *Repeat) fields(c *coder) {
	text(c, 1, &m.Node)
	span(c, 2, &m.For)
}

func (m *Recall) fields(c *coder) {
	text(c, 1, &m.Handle)
	number(c, 2, &m.Attempt)
}

// texts is any number of texts.
func texts(c *coder, n protowire.Number, p *[]string) {
	if !c.reading {
		for _, s := range *p {
			c.out = appendText(c.out, n, s)
		}
		return
	}
	var all []string
	_ = eachField(c.in, func(found protowire.Number, v value) { // has been read once already
		switch {
		case found != n || c.bad:
		case v.kind != protowire.BytesType || len(all) == maxElements:
			c.bad = true
		default:
			all = append(all, string(v.bytes))
		}
	})
	*p = all
}

func appendText(dst []byte, n protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(dst, n, protowire.BytesType), s)
}

// Packed is a notice as it goes over the bus. Its watchers are added one by one,
// which spares the making of a list of them.
type Packed struct {
	head, watchers []byte
	count          int
}

// Pack packs a notice. If it has no watchers yet it may be copied, so that each
// node gets one with its own.
func (m *Notice) Pack() Packed {
	without := Notice{Shown: m.Shown, About: m.About, Hops: m.Hops}
	p := Packed{head: encode(&without)}
	for _, watcher := range m.Watchers {
		p.Add(watcher)
	}
	return p
}

// watchersRoom is what the list of watchers begins with; it holds some ten.
const watchersRoom = 256

// Add adds a watcher. It reports false if there are [MaxWatchers].
func (p *Packed) Add(watcher string) bool {
	if p.count == MaxWatchers {
		return false
	}
	if p.watchers == nil {
		p.watchers = make([]byte, 0, watchersRoom)
	}
	p.watchers = appendText(p.watchers, 1, watcher)
	p.count++
	return true
}

// Size is about how many octets the notice takes.
func (p *Packed) Size() int { return len(p.head) + len(p.watchers) + packedHead }

// packedHead is for the heads of a notice and of its watchers.
const packedHead = 16

// Notify sends packed notices, of which there are at most [MaxNotices], to a node,
// at most once. What is sent to a node arrives there in that order. A node that may
// not serve its accounts any more sends nothing: another may be telling of them, and
// what came from here would be believed as well.
func (n *Node) Notify(node string, packed ...Packed) error {
	if !n.Serving() {
		return errNotServing
	}
	return n.Publish(node, verbNotices, packNotices(packed))
}

func packNotices(packed []Packed) []byte {
	size := 0
	for i := range packed {
		size += packed[i].Size()
	}
	data := make([]byte, 0, size)
	for i := range packed {
		p := &packed[i]
		size := len(p.head) + protowire.SizeTag(noticeWatchers) + protowire.SizeBytes(len(p.watchers))
		data = protowire.AppendVarint(protowire.AppendTag(data, 1, protowire.BytesType), uint64(size)) // positive
		data = appendWatchers(append(data, p.head...), p.watchers)
	}
	return data
}

// ServeNotices has the notices to watchers who are at home on this node taken,
// one after another in their order.
func (n *Node) ServeNotices(l func(context.Context, Notice)) error {
	return n.ServeOrdered(verbNotices, func(ctx context.Context, data []byte) {
		var m notices
		if err := decode(data, &m); err != nil {
			n.log.WarnContext(ctx, "notices cannot be read", "err", err)
			return
		}
		for _, notice := range m.Notices {
			l(ctx, notice)
		}
	})
}

// States asks a node what a watcher may see of accounts that are at home there.
func (n *Node) States(ctx context.Context, node string, q Query) (Answer, error) {
	var answer Answer
	err := ask(ctx, n, node, verbStates, &q, &answer)
	return answer, err
}

// ServeStates has it answered what others may see of accounts of this node.
func (n *Node) ServeStates(h func(context.Context, Query) Answer) error {
	return serve(n, verbStates, func(ctx context.Context, q Query) (*Answer, error) {
		answer := h(ctx, q)
		return &answer, nil
	})
}

// Edit tells a node of changes of lists of accounts that are at home there.
func (n *Node) Edit(ctx context.Context, node string, e Edits) (EditsAnswer, error) {
	var answer EditsAnswer
	err := ask(ctx, n, node, verbEdits, &e, &answer)
	return answer, err
}

// ServeEdits has this node told of changes of the lists of its accounts.
func (n *Node) ServeEdits(h func(context.Context, Edits) EditsAnswer) error {
	return serve(n, verbEdits, func(ctx context.Context, e Edits) (*EditsAnswer, error) {
		answer := h(ctx, e)
		return &answer, nil
	})
}

// Repeat asks a node to repeat what it has told watchers.
func (n *Node) Repeat(ctx context.Context, node string, r Repeat) error {
	return ask(ctx, n, node, verbRepeat, &r, &nothing{})
}

// ServeRepeats has this node repeat what it has told watchers.
func (n *Node) ServeRepeats(h func(context.Context, Repeat)) error {
	return serve(n, verbRepeat, func(ctx context.Context, r Repeat) (*nothing, error) {
		h(ctx, r)
		return &nothing{}, nil
	})
}

// Recall tells a node that a principal which was to be carried there stays where
// it is.
func (n *Node) Recall(ctx context.Context, node string, r Recall) error {
	return ask(ctx, n, node, verbRecall, &r, &nothing{})
}

// ServeRecalls has this node forget principals that stay where they were.
func (n *Node) ServeRecalls(h func(context.Context, Recall)) error {
	return serve(n, verbRecall, func(ctx context.Context, r Recall) (*nothing, error) {
		h(ctx, r)
		return &nothing{}, nil
	})
}
