package cluster

import (
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Messages are written in the wire format of protocol buffers: numbered
// fields, of which zero ones are left out and unknown ones skipped, so that
// nodes of neighbouring versions understand each other. A field's number is
// never used again for something else.
//
// Each message names its fields once, in its method fields, which serves to
// write and to read it.
type message interface{ fields(c *coder) }

// maxElements bounds a list, which takes more room read than written.
const maxElements = 4096

// coder is a message that is written to out, or read from in.
type coder struct {
	reading bool
	bad     bool   // what was read is malformed
	there   uint64 // a bit for the fields that there are, by the low bits of their numbers
	out, in []byte
}

type value struct {
	kind   protowire.Type
	number uint64
	bytes  []byte
}

// encode gives a message as it goes over the bus.
func encode(m message) []byte {
	c := coder{out: make([]byte, 0, 128)}
	m.fields(&c)
	return c.out
}

// decode reads a message, or tells that it is ErrMalformed.
func decode(data []byte, m message) error {
	c := coder{reading: true, in: data}
	if err := eachField(data, func(n protowire.Number, _ value) { c.there |= 1 << (n & 63) }); err != nil {
		return err
	}
	m.fields(&c)
	if c.bad {
		return ErrMalformed
	}
	return nil
}

// eachField goes through the fields of a message. Those of kinds that we do
// not write are stepped over.
func eachField(data []byte, visit func(protowire.Number, value)) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return ErrMalformed
		}
		data = data[n:]
		v := value{kind: kind}
		switch kind {
		case protowire.VarintType:
			v.number, n = protowire.ConsumeVarint(data)
		case protowire.BytesType:
			v.bytes, n = protowire.ConsumeBytes(data)
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return ErrMalformed
		}
		data = data[n:]
		visit(number, v)
	}
	return nil
}

// get gives the value of a field if it is there, and is of the kind that it
// should be. Messages are so short that looking through them costs less than
// keeping what was found; but of most fields it is enough to know that they are not
// there.
func (c *coder) get(n protowire.Number, kind protowire.Type) (v value, ok bool) {
	if c.there&(1<<(n&63)) == 0 {
		return value{}, false
	}
	_ = eachField(c.in, func(found protowire.Number, f value) { // has been read once already
		if found == n {
			v, ok = f, true
		}
	})
	if ok && v.kind != kind {
		c.bad = true
		return value{}, false
	}
	return v, ok
}

// number is an unsigned number; one too large for its type is malformed.
func number[T ~uint8 | ~uint16 | ~uint32 | ~uint64](c *coder, n protowire.Number, p *T) {
	if !c.reading {
		if *p != 0 {
			c.out = protowire.AppendTag(c.out, n, protowire.VarintType)
			c.out = protowire.AppendVarint(c.out, uint64(*p))
		}
		return
	}
	if v, ok := c.get(n, protowire.VarintType); ok {
		*p = T(v.number)
		c.bad = c.bad || uint64(*p) != v.number
	}
}

func flag(c *coder, n protowire.Number, p *bool) {
	var bit uint8
	if *p {
		bit = 1
	}
	number(c, n, &bit)
	*p = bit != 0
}

func text[T ~string](c *coder, n protowire.Number, p *T) {
	if c.reading {
		if v, ok := c.get(n, protowire.BytesType); ok {
			*p = T(v.bytes)
		}
		return
	}
	if *p != "" {
		c.out = protowire.AppendTag(c.out, n, protowire.BytesType)
		c.out = protowire.AppendString(c.out, string(*p))
	}
}

// octets are any; none at all are the same as no field.
func octets(c *coder, n protowire.Number, p *[]byte) {
	if c.reading {
		if v, ok := c.get(n, protowire.BytesType); ok && len(v.bytes) > 0 {
			*p = slices.Clone(v.bytes)
		}
		return
	}
	if len(*p) > 0 {
		c.out = protowire.AppendTag(c.out, n, protowire.BytesType)
		c.out = protowire.AppendBytes(c.out, *p)
	}
}

// instant is a time, to the millisecond; in UTC; the zero time is left out.
func instant(c *coder, n protowire.Number, p *time.Time) {
	if c.reading {
		if v, ok := c.get(n, protowire.VarintType); ok {
			*p = time.UnixMilli(protowire.DecodeZigZag(v.number)).UTC()
		}
		return
	}
	if !p.IsZero() {
		c.out = protowire.AppendTag(c.out, n, protowire.VarintType)
		c.out = protowire.AppendVarint(c.out, protowire.EncodeZigZag(p.UnixMilli()))
	}
}

// list is any number of messages of one kind.
func list[T any, P messageOf[T]](c *coder, n protowire.Number, p *[]T) {
	if !c.reading {
		for i := range *p {
			c.out = protowire.AppendTag(c.out, n, protowire.BytesType)
			c.out = protowire.AppendBytes(c.out, encode(P(&(*p)[i])))
		}
		return
	}
	var elements []T
	_ = eachField(c.in, func(found protowire.Number, v value) { // has been read once already
		if found != n || c.bad {
			return
		}
		if v.kind != protowire.BytesType || len(elements) == maxElements {
			c.bad = true
			return
		}
		var element T
		if decode(v.bytes, P(&element)) != nil {
			c.bad = true
			return
		}
		elements = append(elements, element)
	})
	*p = elements
}
