package main

import "slices"

// spread is how something is spread over nodes.
type spread struct{ sorted []int }

func spreadOf(values []int) spread { return spread{slices.Sorted(slices.Values(values))} }

func (s spread) min() int    { return s.sorted[0] }
func (s spread) median() int { return s.sorted[len(s.sorted)/2] }
func (s spread) max() int    { return s.sorted[len(s.sorted)-1] }

func (s spread) sum() int {
	total := 0
	for _, v := range s.sorted {
		total += v
	}
	return total
}

func (s spread) mean() float64 { return float64(s.sum()) / float64(len(s.sorted)) }

// lopsided is how many times the mean the largest has.
func (s spread) lopsided() float64 { return float64(s.max()) / s.mean() }

// zeroes is how many have nothing.
func (s spread) zeroes() int {
	n, _ := slices.BinarySearch(s.sorted, 1)
	return n
}
