package config

import "strings"

// nearest gives the known name that most resembles what somebody wrote. Dots
// and underscores count as one, since an environment variable has only the
// latter. A right key in a wrong section, or in none, counts as one slip, so
// that a lone "port" finds a port and not "host". Of equals the first known
// wins.
func nearest(name string, known []string) string {
	flat := strings.NewReplacer(".", "_")
	best, least := "", -1
	for _, k := range known {
		d := distance(flat.Replace(name), flat.Replace(k))
		if strings.Contains(k, ".") {
			d = min(d, 1+distance(leafOf(name), leafOf(k)))
		}
		if least < 0 || d < least {
			best, least = k, d
		}
	}
	return best
}

// leafOf is the part of a name after its section.
func leafOf(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// distance is the number of slips between two names: a letter too many, too
// few or wrong, or two neighbours swapped.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	// Three rows of the usual table are enough: a swap looks two rows back.
	older, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			wrong := 1
			if a[i-1] == b[j-1] {
				wrong = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+wrong)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, prev, row = prev, row, older
	}
	return prev[len(b)]
}
