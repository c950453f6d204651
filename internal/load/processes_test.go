package load

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"
)

func workerCommand(t *testing.T) func() *exec.Cmd {
	t.Helper()
	return func() *exec.Cmd {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])
		cmd.Env = append(os.Environ(), asWorker+"=1")
		cmd.Stderr = os.Stderr
		return cmd
	}
}

// Several processes do what one would, and are reported as one. None begins
// before all are ready.
func TestProcesses(t *testing.T) {
	server := serve(t, 12, 0)
	p := Plan{Kind: Chat, Server: server, Accounts: Accounts{Count: 12}, Duration: short, Rate: 1000}
	held := false
	r, err := RunProcesses(t.Context(), p, 3, workerCommand(t), Hooks{Ready: func(context.Context) error {
		held = true
		return nil
	}})
	if err != nil || !held || len(r.Errors) > 0 || r.Phase != Done || r.Interrupted {
		t.Fatalf("%v: %+v", err, r)
	}
	if n := r.Counts; n["sign_ins"] != 12 || n["conversations"] == 0 || n["deliveries"] < n["messages"] || r.Peak != 12 || r.Generator.Processes != 3 {
		t.Errorf("counts %v, peak %d, generator %+v", n, r.Peak, r.Generator)
	}
	took(t, r, "sign_in", "ack", "delivery")
}

// They end early when the parent does.
func TestProcessesEndedEarly(t *testing.T) {
	server := serve(t, 4, 0)
	ctx, cancel := context.WithCancel(t.Context())
	p := Plan{Kind: Idle, Server: server, Accounts: Accounts{Count: 4}, Duration: time.Hour}
	r, err := RunProcesses(ctx, p, 2, workerCommand(t), Hooks{Progress: func(r Report) {
		if r.Phase == Running {
			cancel()
		}
	}})
	if err != nil || !r.Interrupted || r.Peak != 4 || r.SignedIn != 0 || r.Generator.Processes != 2 {
		t.Errorf("%v: %+v", err, r)
	}
}

// A process that dies is an error, and the report tells what the others did.
func TestProcessDies(t *testing.T) {
	server := serve(t, 4, 0)
	whole := workerCommand(t)
	broken := func() *exec.Cmd {
		cmd := whole()
		whole = func() *exec.Cmd {
			cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], "-test.run", "NothingOfThatName")
			return cmd
		}
		return cmd
	}
	p := Plan{Kind: Transfer, Server: server, Accounts: Accounts{Count: 4}, Duration: short}
	r, err := RunProcesses(t.Context(), p, 2, broken, Hooks{})
	if err == nil || r.Counts["sign_ins"] != 2 || r.Generator.Processes != 1 {
		t.Errorf("%v: %+v", err, r)
	}
}

func TestProcessesWithNobody(t *testing.T) {
	server := serve(t, 1, 0)
	p := Plan{Kind: Chat, Server: server, Accounts: Accounts{From: 10, Count: 4}, Duration: time.Hour}
	if _, err := RunProcesses(t.Context(), p, 2, workerCommand(t), Hooks{}); !errors.Is(err, ErrNobody) {
		t.Error(err)
	}
}
