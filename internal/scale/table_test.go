package main

import (
	"testing"
	"time"
)

func TestNumbersAreWrittenToBeRead(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{count(0), "0"},
		{count(0.1234), "0.123"},
		{count(7.999), "8"},
		{count(1234), "1,230"},
		{count(44.6), "45"},
		{count(1234567), "1,230,000"},
		{commas(999), "999"},
		{commas(1000), "1,000"},
		{commas(20000000), "20,000,000"},
		{factor(2.944), "2.94"},
		{percent(0.4567), "45.7 %"},
		{percent(0.1), "10 %"},
		{size(950), "950 octets"},
		{size(7700), "7.7 KB"},
		{size(257e6), "257 MB"},
		{size(1.6e12), "1600 GB"},
		{span(9500 * time.Millisecond), "9.5 s"},
		{span(98 * time.Second), "98 s"},
		{span(200 * time.Second), "3 min"},
		{span(8 * time.Hour), "8 h"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
