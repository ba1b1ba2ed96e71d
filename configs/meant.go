package configs

import (
	"slices"
	"strconv"
	"strings"
)

func contains(words []string, word string) bool { return slices.Contains(words, word) }

// meant returns `, did you mean "weight"?` when one of words is near word.
func meant(word string, words []string) string {
	best, least := "", 3
	if len(word) > maxKeyLength {
		return ""
	}
	for _, w := range words {
		if n := distance(strings.ToLower(word), strings.ToLower(w)); n < least && n < len(w)/2+1 {
			best, least = w, n
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + strconv.Quote(best) + "?)"
}

// distance is the number of single-octet edits between a and b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
