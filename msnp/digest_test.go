package msnp

import "testing"

func TestMD5Response(t *testing.T) {
	for _, tt := range []struct{ salt, password, want string }{
		{"982312055.48817", "s3cret!", "b113b7c25f4a696a0add686f5f42cc70"},
		{"8127364550.1999", "s3cret", "25e69b1b7495cac3003d981a37e29b44"},
	} {
		if got := MD5Response(tt.salt, tt.password); got != tt.want {
			t.Errorf("MD5Response(%q, %q) = %q, want %q", tt.salt, tt.password, got, tt.want)
		}
	}
}

func TestChallengeResponse(t *testing.T) {
	for _, tt := range []struct {
		v                        Version
		challenge, product, want string
	}{
		{MSNP6, "27182818284590452353", "msmsgs@msnmsgr.com", "e3f9a0d10427693a886fc0d71999cb78"},
		{MSNP10, "27182818284590452353", "PROD0038W!61ZTF9", "145fb3a89fcd80fa1e0ff8fb3f701b1d"},
		{MSNP7, "11111111111111111111", "msmsgs@msnmsgr.com", "3b6666b60157322b6fc6e41a115968f5"},
		{MSNP21, "27182818284590452353", "PROD0120PW!CCV9@", "fbd5742d738e2e871e23a31e6e6745ed"},
		{MSNP11, "27182818284590452353", "PROD0101{0RM?UBW", "f1367057f85578a1c8e53806b5ee2d89"},
		{MSNP15, "27182818284590452353", "PROD0119GSJUC$18", "1ba43bdf4e34d887aeaca8e883821572"},
		{MSNP18, "1663122458434562624782678054", "PROD0120PW!CCV9@", "f379e91748f9722568da550eccefec47"},
		{MSNP15, "11533365622852247127", "PROD0113H11T8$X_", "f086d1ded067186deca8dba2231602cf"},
		{MSNP15, "13038318816579321232", "PROD0113H11T8$X_", "3b25f5aab8143dd9a47971541666ae0e"},
		{MSNP15, "13676118092332012962", "PROD0113H11T8$X_", "e9ccbb3e90fabb047bad055f1d025cde"},
		{MSNP11, "22210219642164014968", "PROD0090YUAUV{2B", "85ecb0db8f32113df79ce0892b9a102c"},
	} {
		got, ok := ChallengeResponse(tt.v, tt.challenge, tt.product)
		if !ok || got != tt.want {
			t.Errorf("%s: ChallengeResponse(%q, %q) = %q, %t, want %q", tt.v, tt.challenge, tt.product, got, ok, tt.want)
		}
	}
	for _, product := range []string{"", "PROD00517IFH4@RV", "msmsgs@msnmsgr.co"} {
		if got, ok := ChallengeResponse(MSNP7, "1", product); ok || got != "" {
			t.Errorf("a product whose key is not known: %q", got)
		}
	}
}

func TestHop(t *testing.T) {
	for n, want := range map[int]string{
		1: "VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDENCg==",
		2: "VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCg==",
		3: "VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDMNCg==",
	} {
		if got := EncodeHop(n); got != want {
			t.Errorf("EncodeHop(%d) = %q, want %q", n, got, want)
		}
	}
	for n := 1; n <= maxHop; n++ {
		if got, ok := ParseHop(EncodeHop(n)); !ok || got != n {
			t.Errorf("ParseHop(EncodeHop(%d)) = %d, %t", n, got, ok)
		}
	}
	for _, word := range []string{"", "0", "VmVyc2lvbjogMQ0K", EncodeHop(0), EncodeHop(-1), EncodeHop(maxHop + 1), "!!!!", "VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDE=",
		"VmVyc2lvbjogMQ0KWGZyQ291bnQ6IHgNCg==", EncodeHop(1) + EncodeHop(1) + EncodeHop(1)} {
		if got, ok := ParseHop(word); ok {
			t.Errorf("ParseHop(%q) = %d", word, got)
		}
	}
}
