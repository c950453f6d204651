package cluster

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
)

// The verbs of the messages below. A verb is never given another meaning.
const (
	verbGateway     = "gateway"
	verbGatewayDone = "gateway-done"
)

// maxVisits bounds the requests of other nodes that a gateway deals with at once.
// Most of them wait for something to come.
const maxVisits = 8192

// GatewayVisit is a request of a client of the HTTP gateway that came in by
// another node than the one that has the session.
type GatewayVisit struct {
	Session string
	Number  uint64 // of the request, at random
	Body    []byte
	Wait    time.Duration // for something to come
	Host    string        // where the client finds the gateway
}

// GatewayAnswer is what it is answered with. Until a GatewayDone comes, it is kept.
type GatewayAnswer struct {
	Known  bool // there is such a session
	Body   []byte
	Closed bool // the session ends with it
}

// GatewayDone tells how a request has ended: whether the client has got its
// answer. One that is not answered yet is not waited for any more.
type GatewayDone struct {
	Number    uint64
	Delivered bool
}

func (m *GatewayVisit) fields(c *coder) {
	text(c, 1, &m.Session)
	number(c, 2, &m.Number)
	octets(c, 3, &m.Body)
	span(c, 4, &m.Wait)
	text(c, 5, &m.Host)
}

func (m *GatewayAnswer) fields(c *coder) {
	flag(c, 1, &m.Known)
	octets(c, 2, &m.Body)
	flag(c, 3, &m.Closed)
}

func (m *GatewayDone) fields(c *coder) {
	number(c, 1, &m.Number)
	flag(c, 2, &m.Delivered)
}

// VisitGateway has a request answered by the node that has the session.
func (n *Node) VisitGateway(ctx context.Context, node string, v GatewayVisit) (GatewayAnswer, error) {
	var a GatewayAnswer
	err := ask(ctx, n, node, verbGateway, &v, &a)
	return a, err
}

// ServeGateway has this node answer for the sessions that it has. It can open
// streams from then on.
func (n *Node) ServeGateway(h func(context.Context, GatewayVisit) (*GatewayAnswer, error)) error {
	if err := n.streams.begin(); err != nil {
		return err
	}
	s := &service{verb: verbGateway, node: n, limit: maxVisits}
	s.run = func(m *nats.Msg) {
		s.answer(m, func(ctx context.Context, data []byte) ([]byte, error) {
			var v GatewayVisit
			if err := decode(data, &v); err != nil {
				return nil, err
			}
			a, err := h(ctx, v)
			if err != nil {
				return nil, err
			}
			return encode(a), nil
		})
	}
	s.refuse = func(m *nats.Msg, why status) { s.respond(m, why, nil) }
	return n.add(s, n.id)
}

// FinishGateway tells the node that has the session how a request has ended.
func (n *Node) FinishGateway(node string, d GatewayDone) error {
	return n.Publish(node, verbGatewayDone, encode(&d))
}

// ServeGatewayDone has this node told how requests have ended.
func (n *Node) ServeGatewayDone(l func(context.Context, GatewayDone)) error {
	return n.ServeOrdered(verbGatewayDone, func(ctx context.Context, data []byte) {
		var d GatewayDone
		if decode(data, &d) == nil {
			l(ctx, d)
		}
	})
}
