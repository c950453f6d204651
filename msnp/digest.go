package msnp

import (
	"crypto/md5" //nolint:gosec // the protocol has no other hash
	"encoding/binary"
	"encoding/hex"
)

// MD5Response is what a client answers to a salt in a sign-in by MD5 and at a
// switchboard: the hash of salt and password in lower-case hexadecimal.
func MD5Response(salt, password string) string { return md5Hex(salt, password) }

// md5Hex hashes two words, one after the other.
func md5Hex(a, b string) string {
	sum := md5Sum(a, b)
	return hex.EncodeToString(sum[:])
}

func md5Sum(a, b string) (sum [md5.Size]byte) {
	buf := make([]byte, 0, 128)
	buf = append(append(buf, a...), b...)
	return md5.Sum(buf) //nolint:gosec // the protocol has no other hash
}

// products are the known clients and the keys that they answer CHL with.
var products = map[string]string{ //nolint:gosec // every client of the time holds its own
	"msmsgs@msnmsgr.com": "Q1P7W2E4J9R8U3S5",
	"PROD0038W!61ZTF9":   "VT6PX?UQTM4WM%YR",
	"PROD0058#7IL2{QD":   "QHDCY@7R1TB6W?5B",
	"PROD0061VRRZH@4F":   "JXQ6J@TUOGYV@N0M",
	"PROD00504RLUG%WL":   "I2EBK%PYNLZL5_J4",
	"PROD0076ENE8*@AW":   "CEQJ8}OE0!WTSWII",
	"PROD0090YUAUV{2B":   "YMM8C_H7KCQ2S_KL",
	"PROD00974#MT*RC2":   "LMCVO*18PQJ3H!K3",
	"PROD0101{0RM?UBW":   "CFHUR$52U_{VIX5T",
	"PROD0104U6VVM{UJ":   "VK67B}379XYM5}$T",
	"PROD01065C%ZFN6F":   "O4BG@C7BWLYQX?5G",
	"PROD0112J1LW7%NB":   "RH96F{PHI8PPX_TJ",
	"PROD0113H11T8$X_":   "RG@XY*28Q5QHS%Q5",
	"PROD0114ES4Z%Q5W":   "PK}_A_0N_K%O?A9S",
	"PROD0118R6%2WYOS":   "YIXPX@5I2P0UT*LK",
	"PROD0119GSJUC$18":   "ILTXC!4IXB5FB*PX",
	"PROD0120PW!CCV9@":   "C1BX{V4W}Q3*10SM",
}

// ProductOfficial is the product of the official clients from 3.6 to 5.x, which
// speak MSNP6 to MSNP8.
const ProductOfficial = "msmsgs@msnmsgr.com"

// ChallengeResponse is what a client of version v answers to a CHL. It reports
// false if the product's key is not known: such an answer cannot be checked, and
// is best accepted. There are two algorithms, one to MSNP10 and one from MSNP11.
func ChallengeResponse(v Version, challenge, product string) (string, bool) {
	key, ok := products[product]
	switch {
	case !ok:
		return "", false
	case v.Has(FeatureWideChallenge):
		return wideResponse(challenge, product, key), true
	}
	return md5Hex(challenge, key), true
}

// The constants of the second algorithm.
const (
	wideModulus    = 0x7FFFFFFF
	wideMultiplier = 0x0E79A9C1
)

// wideResponse is the algorithm from MSNP11 on: the hash of challenge and key,
// with each of its words mixed with one of two sums over challenge and product.
func wideResponse(challenge, product, key string) string {
	sum := md5Sum(challenge, key)
	var words, masked [4]uint64
	for i := range words {
		words[i] = uint64(binary.LittleEndian.Uint32(sum[4*i:]))
		masked[i] = words[i] & wideModulus
	}
	high, low := wideSums(wideInput(challenge, product), masked)
	for i, mix := range [...]uint64{high, low, high, low} {
		binary.LittleEndian.PutUint32(sum[4*i:], uint32(words[i]^mix))
	}
	return hex.EncodeToString(sum[:])
}

// wideInput joins challenge and product, filled up with zeros to eight octets.
func wideInput(challenge, product string) []byte {
	text := append([]byte(challenge), product...)
	for len(text)%8 != 0 {
		text = append(text, '0')
	}
	return text
}

func wideSums(text []byte, m [4]uint64) (high, low uint64) {
	for ; len(text) > 0; text = text[8:] {
		first := uint64(binary.LittleEndian.Uint32(text))
		second := uint64(binary.LittleEndian.Uint32(text[4:]))
		t := first*wideMultiplier%wideModulus + high
		t = (t*m[0] + m[1]) % wideModulus
		high = (second + t) % wideModulus
		high = (high*m[2] + m[3]) % wideModulus
		low += high + t
	}
	return (high + m[1]) % wideModulus, (low + m[3]) % wideModulus
}
