package certificate

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"net"
)

// What a certificate's names are limited with, and the kinds of names in it.
var oidNameConstraints = asn1.ObjectIdentifier{2, 5, 29, 30}

const (
	kindDNS       = 2
	kindDirectory = 4
	kindAddress   = 7
)

// subtree is names that are allowed or not: those at the base and below it.
type subtree struct{ Base asn1.RawValue }

// limits are the names that an authority may certify, and those that it may not.
type limits struct {
	Permitted []subtree `asn1:"optional,tag:0"`
	Excluded  []subtree `asn1:"optional,tag:1"`
}

// nameLimits makes the extension that limits an authority to these names. Windows
// XP takes a kind of name that is not spoken of for one that is not allowed, and
// the subject of a certificate for a name; so the part of it that all certificates
// have in common is allowed. crypto/x509 cannot say that. Other systems of that age
// know nothing of such limits and refuse what they are told that they have to know,
// so that is not said.
func nameLimits(names []string) (pkix.Extension, error) {
	owner, err := asn1.Marshal(owned.ToRDNSequence())
	if err != nil {
		return pkix.Extension{}, err
	}
	l := limits{Permitted: []subtree{{name(kindDirectory, owner)}}}
	addresses := false
	for _, n := range names {
		if ip := address(n); ip != nil {
			addresses = true
			l.Permitted = append(l.Permitted, subtree{name(kindAddress, append(ip, net.CIDRMask(8*len(ip), 8*len(ip))...))})
		} else {
			l.Permitted = append(l.Permitted, subtree{name(kindDNS, []byte(n))})
		}
	}
	if !addresses { // or any address would be allowed
		for _, size := range []int{net.IPv4len, net.IPv6len} {
			l.Excluded = append(l.Excluded, subtree{name(kindAddress, make([]byte, 2*size))})
		}
	}
	value, err := asn1.Marshal(l)
	return pkix.Extension{Id: oidNameConstraints, Value: value}, err
}

func name(kind int, content []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: kind, IsCompound: kind == kindDirectory, Bytes: content}
}

// owned is what the subject of each certificate begins with.
var owned = pkix.Name{Organization: []string{"Papilio"}}

func subject(name string) pkix.Name {
	n := owned
	n.CommonName = name
	return n
}
