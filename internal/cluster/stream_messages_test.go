package cluster

import "time"

// streamExamples are the messages of streams and of the gateway, with the octets
// that they have had since they were first sent.
var streamExamples = []example{
	{
		"frame",
		&frame{to: 7, node: "ns-1", kind: frameData, number: 300, data: []byte("VER 1 MSNP8 CVR0\r\n")},
		func() message { return new(frame) },
		"080712046e732d31180120ac022a125645522031204d534e503820435652300d0a",
	},
	{
		"stream offered",
		&streamOffer{
			key: 7, node: "gw-1", incarnation: "4f2a", remote: "192.0.2.7:0", local: "10.0.0.5:1864", window: 512 << 10,
		},
		func() message { return new(streamOffer) },
		"0807120467772d311a0434663261220b3139322e302e322e373a302a0d31302e302e302e353a3138363430808020",
	},
	{"stream taken", &streamTaken{incarnation: "5e1f", window: 512 << 10}, func() message { return new(streamTaken) }, "0a043565316610808020"},
	{
		"gateway visit",
		&GatewayVisit{Session: "40211873.55", Number: 12, Body: []byte("PNG\r\n"), Wait: 60 * time.Second, Host: "192.0.2.10"},
		func() message { return new(GatewayVisit) },
		"0a0b34303231313837332e3535100c1a05504e470d0a20e0d4032a0a3139322e302e322e3130",
	},
	{
		"gateway answer",
		&GatewayAnswer{Known: true, Body: []byte("QNG 50\r\n"), Closed: true},
		func() message { return new(GatewayAnswer) },
		"08011208514e472035300d0a1801",
	},
	{"gateway done", &GatewayDone{Number: 12, Delivered: true}, func() message { return new(GatewayDone) }, "080c1001"},
}
