package passport

import "unicode/utf8"

// asUTF8 takes text that is not UTF-8 for the code page of western Windows.
func asUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return fromCodePage([]byte(s))
}

// fromCodePage reads text in the code page 1252. That is Latin-1, and what says
// that it is Latin-1 is read so too, since it has nothing to say in between.
func fromCodePage(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
		if c >= 0x80 && c < 0x80+byte(len(codePage)) {
			runes[i] = codePage[c-0x80]
		}
	}
	return string(runes)
}

// codePage is what the code page has where Latin-1 has control characters.
var codePage = [...]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}
