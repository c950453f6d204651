package msnp

// meanings are the error codes that are known of, those included that only the
// original service sent.
var meanings = map[Code]string{
	CodeSyntax: "syntax error",
}

// Meaning says in a few words what a code means, "unknown error" for one that is
// not known of.
func (c Code) Meaning() string {
	if text, ok := meanings[c]; ok {
		return text
	}
	return "unknown error"
}
