package limit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestFamiliar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFamiliar(100, time.Hour)
		f.Add("ada")
		if !f.Has("ada") || f.Has("bea") {
			t.Error("strangers and others are mixed up")
		}
		time.Sleep(time.Hour) // the bubble's clock
		if !f.Has("ada") {
			t.Error("forgotten before the time")
		}
		time.Sleep(time.Hour)
		if f.Has("ada") {
			t.Error("remembered for too long")
		}
		f.Add("ada")
		time.Sleep(3 * time.Hour)
		if f.Has("ada") {
			t.Error("remembered although nobody asked meanwhile")
		}
	})
}

func TestFamiliarIsBounded(t *testing.T) {
	f := NewFamiliar(10, time.Hour)
	for i := range 1000 {
		f.Add(fmt.Sprint(i))
	}
	if n := len(f.new) + len(f.old); n > 20 || !f.Has("999") || f.Has("1") {
		t.Errorf("%d are kept", n)
	}
}
