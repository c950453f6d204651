package account

import "log/slog"

const redacted = "[redacted]"

// Secret is a password. Every way of printing it gives "[redacted]"; Reveal
// gives the text, for the one place that must have it.
type Secret string

// Reveal gives the text itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret from fmt.
func (s Secret) String() string { return redacted }

// GoString hides the secret from the %#v of fmt.
func (s Secret) GoString() string { return redacted }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
