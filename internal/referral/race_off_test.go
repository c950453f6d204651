//go:build !race

package referral

const raceDetector = false
