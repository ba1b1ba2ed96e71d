package drill

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// percent writes a share with three significant digits: "0.125 %".
func percent(share float64) string {
	return strconv.FormatFloat(round3(share*100), 'f', -1, 64) + " %"
}

// round3 rounds to three significant digits.
func round3(v float64) float64 {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return v
	}
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

// seconds writes a time given in seconds: "850 ms", "1.25 s", "2 min 5 s".
func seconds(v float64) string {
	switch {
	case math.Abs(v) < 1:
		return strconv.FormatFloat(round3(v*1000), 'f', -1, 64) + " ms"
	case math.Abs(v) < 100:
		return strconv.FormatFloat(round3(v), 'f', -1, 64) + " s"
	}
	return longer(time.Duration(v * float64(time.Second)))
}

// longer writes a time of over a minute to the second.
func longer(d time.Duration) string {
	d = d.Round(time.Second)
	h, m, s := d/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second
	out := fmt.Sprintf("%d min", m)
	if h != 0 {
		out = fmt.Sprintf("%d h %s", h, out)
	}
	if s != 0 {
		out += fmt.Sprintf(" %d s", s)
	}
	return out
}

// precise writes a time to the millisecond: "20 ms", "40.5 s", "2 min 0.03 s".
func precise(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	if d < time.Second {
		return sign + seconds(d.Seconds())
	}
	out := sign
	if d >= time.Minute {
		out += fmt.Sprintf("%d min ", d/time.Minute)
	}
	return out + strconv.FormatFloat((d%time.Minute).Round(time.Millisecond).Seconds(), 'f', -1, 64) + " s"
}

func duration(d time.Duration) string { return seconds(d.Seconds()) }

// String says what the buckets say: "over 1 s, at most 2 s".
func (q Quantile) String() string {
	switch {
	case q.N == 0:
		return "nothing measured"
	case q.Open:
		return "over " + seconds(q.Low)
	case q.Low == q.High:
		return seconds(q.High)
	case q.Low == 0:
		return "at most " + seconds(q.High)
	}
	return "over " + seconds(q.Low) + ", at most " + seconds(q.High)
}
