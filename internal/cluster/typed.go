package cluster

import "context"

// messageOf is a pointer to a T that can be sent.
type messageOf[T any] interface {
	*T
	message
}

// ask makes a request of typed messages.
func ask(ctx context.Context, n *Node, node, verb string, question, answer message) error {
	data, err := n.Request(ctx, node, verb, encode(question))
	if err != nil {
		return err
	}
	if err := decode(data, answer); err != nil {
		return &RequestError{Node: node, Verb: verb, Err: err}
	}
	return nil
}

// serve answers requests of typed messages.
func serve[Q any, P messageOf[Q], A message](n *Node, verb string, h func(context.Context, Q) (A, error)) error {
	return n.Serve(verb, func(ctx context.Context, data []byte) ([]byte, error) {
		var question Q
		if err := decode(data, P(&question)); err != nil {
			return nil, err
		}
		answer, err := h(ctx, question)
		if err != nil {
			return nil, err
		}
		return encode(answer), nil
	})
}

// listen hears typed messages; one that cannot be read is logged and dropped.
func listen[M any, P messageOf[M]](n *Node, verb string, l func(context.Context, M)) error {
	return n.Listen(verb, func(ctx context.Context, data []byte) {
		var m M
		if err := decode(data, P(&m)); err != nil {
			n.log.WarnContext(ctx, "heard something unreadable", "verb", verb, "err", err)
			return
		}
		l(ctx, m)
	})
}
