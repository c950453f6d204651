package roster

import "errors"

// ErrTooLate says that a change was not made because whoever asked for it had lost
// the right to.
var ErrTooLate = errors.New("roster: the lists are served by another node now")

// While gives a Service that makes changes only while may says that it may. It is
// asked last of all, when the change is ready to be committed: the process may
// have been stopped at any time before, and the right have ended.
func (s *Service) While(may func() bool) *Service {
	limited := *s
	limited.may = may
	return &limited
}

// still refuses a change for which it is too late.
func (s *Service) still() error {
	if s.may != nil && !s.may() {
		return ErrTooLate
	}
	return nil
}
