package cluster

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// What operators want reaches the node that they want it of, over the bus.
func TestOperators(t *testing.T) {
	bus := startNATS(t, -1).ClientURL()
	one := start(t, Options{Node: "one", NATSURL: bus})
	two := start(t, Options{Node: "two", NATSURL: bus})
	ctx := t.Context()
	report := Report{Owned: 7, Late: time.UnixMilli(1049900321123).UTC()}
	drains := make(chan DrainOrder, 1)
	outcome := Outcome{Problem: "missing", Text: "no such account"}
	for _, err := range []error{
		one.ServeReports(func(context.Context) Report { return report }),
		one.ServeDrains(func(_ context.Context, o DrainOrder) Outcome {
			drains <- o
			return Outcome{}
		}),
		one.ServeUndrains(func(context.Context) Outcome { return outcome }),
		one.ServeOperations(func(_ context.Context, o Operation) Outcome {
			if o != (Operation{"ban", "ana@example.test", "x"}) {
				t.Errorf("to be done: %+v", o)
			}
			return outcome
		}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, err := two.Report(ctx, "one"); err != nil || got != report {
		t.Errorf("the report is %+v, %v", got, err)
	}
	if _, err := one.Report(ctx, "two"); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a node that reports nothing: %v", err)
	}
	order := DrainOrder{Rate: 20, Within: time.Minute}
	if got, err := two.OrderDrain(ctx, "one", order); err != nil || got != (Outcome{}) || <-drains != order {
		t.Errorf("the drain: %+v, %v", got, err)
	}
	if got, err := two.OrderUndrain(ctx, "one"); err != nil || got != outcome {
		t.Errorf("the end of the drain: %+v, %v", got, err)
	}
	if got, err := two.Operate(ctx, "one", Operation{"ban", "ana@example.test", "x"}); err != nil || got != outcome {
		t.Errorf("the outcome is %+v, %v", got, err)
	}
}

// However many are signed in, all of them are told, in as many messages as it
// takes.
func TestSessionsByPage(t *testing.T) {
	one := start(t, Options{Node: "one"})
	for _, count := range []int{0, 1, MaxSessions - 1, MaxSessions, MaxSessions + 1, 3 * MaxSessions} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			n := start(t, Options{Node: "two", NATSURL: startNATS(t, -1).ClientURL()})
			long := strings.Repeat("x", 200)
			all := make([]Session, count)
			for i := range all {
				all[i] = Session{Handle: fmt.Sprintf("%05d@example.test", i), Name: long, Since: time.UnixMilli(1).UTC()}
			}
			err := n.ServeSessions(func(_ context.Context, q SessionQuery) []Session {
				for i, s := range all {
					if s.Handle > q.After {
						return all[i:]
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := n.Sessions(t.Context(), "two")
			if err != nil || len(got) != count || count > 0 && !reflect.DeepEqual(got, all) {
				t.Errorf("%d sessions and %v", len(got), err)
			}
		})
	}
	if _, err := one.Sessions(t.Context(), "one"); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a node that tells of none: %v", err)
	}
}
