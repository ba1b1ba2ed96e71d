package geo

import (
	"strings"

	"meridian/routing"
)

// statePoints has one line for each state of the hierarchy: its code, a point
// near its centre of population, and its name as databases without codes
// (DB-IP, IPinfo) spell it.
const statePoints = `
AU-ACT -35.28,149.13 Australian Capital Territory
AU-NSW -33.75,150.90 New South Wales
AU-NT -12.90,131.10 Northern Territory
AU-QLD -26.60,152.60 Queensland
AU-SA -34.90,138.60 South Australia
AU-TAS -42.40,147.10 Tasmania
AU-VIC -37.80,145.00 Victoria
AU-WA -31.95,115.90 Western Australia
CA-AB 52.20,-113.80 Alberta
CA-BC 49.40,-122.60 British Columbia
CA-MB 49.90,-97.20 Manitoba
CA-NB 46.00,-66.00 New Brunswick
CA-NL 47.80,-54.00 Newfoundland and Labrador
CA-NS 44.90,-63.40 Nova Scotia
CA-NT 62.45,-114.37 Northwest Territories
CA-NU 63.75,-68.52 Nunavut
CA-ON 43.80,-79.60 Ontario
CA-PE 46.24,-63.13 Prince Edward Island
CA-QC 45.70,-73.20 Quebec
CA-SK 51.30,-105.80 Saskatchewan
CA-YT 60.72,-135.06 Yukon
US-AK 61.30,-149.50 Alaska
US-AL 33.00,-86.80 Alabama
US-AR 35.10,-92.60 Arkansas
US-AZ 33.40,-111.90 Arizona
US-CA 35.50,-119.40 California
US-CO 39.50,-105.20 Colorado
US-CT 41.50,-72.90 Connecticut
US-DC 38.91,-77.02 District of Columbia
US-DE 39.40,-75.60 Delaware
US-FL 27.80,-81.60 Florida
US-GA 33.40,-83.90 Georgia
US-HI 21.10,-157.50 Hawaii
US-IA 42.00,-93.00 Iowa
US-ID 44.00,-115.10 Idaho
US-IL 41.30,-88.40 Illinois
US-IN 40.10,-86.30 Indiana
US-KS 38.50,-96.70 Kansas
US-KY 37.80,-85.20 Kentucky
US-LA 30.60,-91.50 Louisiana
US-MA 42.30,-71.40 Massachusetts
US-MD 39.10,-76.80 Maryland
US-ME 44.30,-69.70 Maine
US-MI 42.90,-84.20 Michigan
US-MN 45.20,-93.60 Minnesota
US-MO 38.40,-92.20 Missouri
US-MS 32.60,-89.60 Mississippi
US-MT 46.80,-111.20 Montana
US-NC 35.60,-79.70 North Carolina
US-ND 47.40,-99.50 North Dakota
US-NE 41.10,-97.40 Nebraska
US-NH 43.10,-71.50 New Hampshire
US-NJ 40.40,-74.40 New Jersey
US-NM 34.70,-106.30 New Mexico
US-NV 37.20,-116.30 Nevada
US-NY 41.50,-74.60 New York
US-OH 40.50,-82.80 Ohio
US-OK 35.60,-96.80 Oklahoma
US-OR 44.70,-122.60 Oregon
US-PA 40.50,-77.00 Pennsylvania
US-RI 41.70,-71.50 Rhode Island
US-SC 34.00,-81.00 South Carolina
US-SD 44.00,-99.00 South Dakota
US-TN 35.80,-86.40 Tennessee
US-TX 30.90,-97.40 Texas
US-UT 40.40,-111.90 Utah
US-VA 37.80,-77.80 Virginia
US-VT 44.10,-72.80 Vermont
US-WA 47.40,-121.60 Washington
US-WI 43.70,-89.00 Wisconsin
US-WV 38.80,-80.80 West Virginia
US-WY 42.70,-107.00 Wyoming
`

// state is one line of statePoints.
type state struct {
	code  routing.GeoCode
	point Coordinates
	name  string
}

// findState returns the state with a code such as US-WA.
func findState(code routing.GeoCode) (state, bool) {
	for line := range strings.Lines(statePoints) {
		if rest, ok := strings.CutPrefix(line, string(code)+" "); ok && code != "" {
			point, name, _ := strings.Cut(strings.TrimSpace(rest), " ")
			at, err := parsePoint(point)
			return state{code: code, point: at, name: name}, err == nil
		}
	}
	return state{}, false
}

// stateCode returns the code of a state of a country given as its ISO 3166-2
// suffix ("WA") or as its English name ("Washington"), and false where the
// hierarchy has no such state.
func stateCode(country routing.GeoCode, s string) (routing.GeoCode, bool) {
	if _, ok := findState(country + "-" + routing.GeoCode(s)); ok {
		return country + "-" + routing.GeoCode(s), true
	}
	for line := range strings.Lines(statePoints) {
		code, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		_, name, _ := strings.Cut(rest, " ")
		if strings.HasPrefix(code, string(country)+"-") && name != "" && strings.EqualFold(name, s) {
			return routing.GeoCode(code), true
		}
	}
	return "", false
}
