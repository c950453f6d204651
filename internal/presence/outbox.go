package presence

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
)

// Bounds of edits that wait to be done on other nodes.
const (
	maxEdits  = 256  // in one request
	maxQueued = 8192 // for one shard
)

// outbox holds the edits that cannot be done at once, because the accounts are
// on other nodes or on their way there. Those to one shard are done one after
// another: that keeps the order for each account wherever it goes.
type outbox struct {
	mu     sync.Mutex
	queues map[int][]errand   // by shard; one that is there has a goroutine
	from   map[string]*sender // by the handle of who has caused them
}

// sender is somebody who has caused errands.
type sender struct {
	left int           // how many
	none chan struct{} // closed when there are none left
}

// errand is an edit that waits.
type errand struct {
	edit  cluster.Edit
	until time.Time // is given up then
	asked func(cluster.Shown)
}

// answer is called when the errand is over.
func (e *errand) answer(s cluster.Shown) {
	if e.asked != nil {
		e.asked(s)
	}
}

// edit has an edit done where the account is at home: at once if that is here, else
// soon, and after those before it. The function, if there is one, is told what was
// asked for.
func (h *Hub) edit(e cluster.Edit, asked func(cluster.Shown)) {
	shard := cluster.ShardOf(e.Handle)
	e.Number = h.clock.next()
	one := errand{edit: e, asked: asked, until: time.Now().Add(patience)}
	if !h.outbox.holds(shard) {
		r := h.apply(&e)
		flushAll(r.told)
		if r.done && r.node == "" {
			one.answer(r.shown)
			return
		}
	}
	if !h.queue(shard, one) {
		h.log.Warn("a change of lists was not told to another node", slog.String("handle", e.Handle))
		one.answer(cluster.Shown{})
	}
}

func (o *outbox) holds(shard int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.queues[shard]) > 0
}

// queue reports false if there is no room.
func (h *Hub) queue(shard int, e errand) bool {
	o := &h.outbox
	o.mu.Lock()
	defer o.mu.Unlock()
	queue, running := o.queues[shard]
	if len(queue) >= maxQueued {
		return false
	}
	if !running && !h.startLast(func(ctx context.Context) { h.runErrands(ctx, shard) }) {
		return false
	}
	if o.queues == nil {
		o.queues = make(map[int][]errand)
	}
	o.queues[shard] = append(queue, e)
	o.add(e.edit.Contact)
	return true
}

func (o *outbox) add(handle string) {
	if o.from == nil {
		o.from = make(map[string]*sender)
	}
	s := o.from[handle]
	if s == nil {
		s = &sender{none: make(chan struct{})}
		o.from[handle] = s
	}
	s.left++
}

func (o *outbox) remove(handle string) {
	s := o.from[handle]
	if s.left--; s.left == 0 {
		delete(o.from, handle)
		close(s.none)
	}
}

// quietTime bounds how long somebody who is to leave is held up by errands.
const quietTime = 2 * time.Second

// quiet waits until what somebody has caused is done: what it does next, on
// another node, must not be overtaken by that.
func (o *outbox) quiet(handle string) {
	o.mu.Lock()
	s := o.from[handle]
	o.mu.Unlock()
	if s == nil {
		return
	}
	timer := time.NewTimer(quietTime)
	defer timer.Stop()
	select {
	case <-s.none:
	case <-timer.C:
	}
}

// first gives what is at the front of a queue. They stay there until they are
// over, so that nothing overtakes them.
func (o *outbox) first(shard int) []errand {
	o.mu.Lock()
	defer o.mu.Unlock()
	queue := o.queues[shard]
	if len(queue) == 0 {
		delete(o.queues, shard)
		return nil
	}
	return queue[:min(len(queue), maxEdits)]
}

// over takes so many off a queue.
func (o *outbox) over(shard, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range n {
		o.remove(o.queues[shard][i].edit.Contact)
	}
	clear(o.queues[shard][:n])
	o.queues[shard] = o.queues[shard][n:]
}

// runErrands works at a queue until it is empty.
func (h *Hub) runErrands(ctx context.Context, shard int) {
	var pause time.Duration
	var t trail
	for batch := h.outbox.first(shard); batch != nil; batch = h.outbox.first(shard) {
		n := h.expired(ctx, batch)
		if n == 0 {
			n = h.deliver(ctx, shard, batch, &t)
		}
		switch {
		case n > 0:
			pause, t = 0, trail{}
			h.outbox.over(shard, n)
		case t.hops == 0:
			pause = nextPause(pause)
			sleep(ctx, pause)
		}
	}
}

// expired gives up those that have waited for too long, and gives their number.
func (h *Hub) expired(ctx context.Context, batch []errand) (n int) {
	now := time.Now()
	for n < len(batch) && (now.After(batch[n].until) || ctx.Err() != nil) {
		batch[n].answer(cluster.Shown{})
		n++
	}
	if n > 0 {
		h.log.WarnContext(ctx, "changes of lists could not be told to their nodes", slog.Int("changes", n))
	}
	return n
}

// trail is where the first edit of a queue was sent by nodes that it was not at
// home on.
type trail struct {
	node string
	hops int
}

// deliver does what it can of a batch, and gives how many are over.
func (h *Hub) deliver(ctx context.Context, shard int, batch []errand, t *trail) int {
	r := h.apply(&batch[0].edit)
	flushAll(r.told)
	back := t.hops > 0 && t.node == h.bus.ID()
	if r.done && (r.node == "" || back) {
		batch[0].answer(r.shown)
		return 1
	}
	if t.hops > 0 && !back {
		r.node = t.node
	}
	if r.wait || r.node == "" {
		*t = trail{}
		return 0
	}
	edits := make([]cluster.Edit, len(batch))
	for i := range batch {
		edits[i] = batch[i].edit
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	answer, err := h.bus.Edit(ctx, r.node, cluster.Edits{From: h.bus.ID(), Shard: uint16(shard), Edits: edits}) // below cluster.Shards
	if err != nil {
		*t = trail{}
		return 0
	}
	n := answered(batch, answer)
	if n == 0 && answer.Elsewhere != "" {
		return follow(&batch[0], answer.Elsewhere, t)
	}
	*t = trail{}
	return n
}

// follow notes where the first errand is to be tried next. An account that
// neither of two nodes has is not signed in: then it is over.
func follow(e *errand, node string, t *trail) int {
	if t.hops == cluster.MaxHops {
		e.answer(cluster.Shown{})
		return 1
	}
	t.node = node
	t.hops++
	return 0
}

// answered tells those who have asked, and gives how many errands are done.
func answered(batch []errand, answer cluster.EditsAnswer) int {
	shown := answer.Shown
	n := 0
	for n < len(batch) && batch[n].edit.Number <= answer.Done {
		var s cluster.Shown
		if batch[n].edit.Kind == cluster.EditAsked && len(shown) > 0 {
			s, shown = shown[0], shown[1:]
		}
		batch[n].answer(s)
		n++
	}
	return n
}
