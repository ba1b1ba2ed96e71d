package routing

import (
	"fmt"
	"strings"
)

// GeoCode is a code of Azure's geographic hierarchy (azure.md §1.11): WORLD, a
// regional grouping such as GEO-EU, a country (ISO 3166-1 alpha-2, and XE, XJ,
// XK, XS), or a state of Australia, Canada or the United States (ISO 3166-2).
type GeoCode string

// World is the root of the hierarchy; every client is in it.
const World GeoCode = "WORLD"

const (
	africa       = "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW"
	antarctica   = "AQ BV GS HM TF"
	asia         = "AF AM AZ BD BN BT CC CN CX GE HK ID IN IO JP KG KH KP KR KZ LA LK MM MN MO MV MY NP PH PK SG TH TJ TL TM TW UZ VN"
	asiaPacific  = "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS"
	europe       = "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XJ XK"
	middleEast   = "AE BH IL IQ IR JO KW LB OM PS QA SA SY TR YE"
	northAmerica = "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC TT US VC VG VI XE XS"
	southAmerica = "AR BO BR CL CO EC FK GF GY PE PY SR UY VE"

	australianStates = "ACT NSW NT QLD SA TAS VIC WA"
	canadianStates   = "AB BC MB NB NL NS NT NU ON PE QC SK YT"
	americanStates   = "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY"
)

// geoGroup is a node of the hierarchy with the last parts of its children's codes.
type geoGroup struct {
	code    GeoCode
	members string
}

func geoGroups() []geoGroup {
	return []geoGroup{
		{"GEO-AF", africa},
		{"GEO-AN", antarctica},
		{"GEO-AP", asiaPacific},
		{"GEO-AS", asia},
		{"GEO-EU", europe},
		{"GEO-ME", middleEast},
		{"GEO-NA", northAmerica},
		{"GEO-SA", southAmerica},
	}
}

func geoStates() []geoGroup {
	return []geoGroup{{"AU", australianStates}, {"CA", canadianStates}, {"US", americanStates}}
}

// ParseGeoCode reads a code in upper case. Codes outside the hierarchy, UK
// among them, are errors.
func ParseGeoCode(s string) (GeoCode, error) {
	code := GeoCode(s)
	switch {
	case code == World || code.Parent() != "":
		return code, nil
	case s == "UK":
		return "", fmt.Errorf("geographic code %q: the code of the United Kingdom is GB", s)
	case s != strings.ToUpper(s):
		return "", fmt.Errorf("geographic code %q: want upper case, %q", s, strings.ToUpper(s))
	}
	return "", fmt.Errorf("geographic code %q: want WORLD, a grouping (GEO-EU), a country (DE) or a state of AU, CA or US (US-WA)", s)
}

// Parent returns the code one step coarser, and "" for World and for codes
// outside the hierarchy.
func (c GeoCode) Parent() GeoCode {
	if country, state, ok := strings.Cut(string(c), "-"); ok && country != "GEO" {
		return memberOf(geoStates(), GeoCode(country), state)
	}
	for _, group := range geoGroups() {
		if group.code == c {
			return World
		}
	}
	return memberOf(geoGroups(), "", string(c))
}

// memberOf returns the group that lists member; of any group where code is empty.
func memberOf(groups []geoGroup, code GeoCode, member string) GeoCode {
	if member == "" || strings.Contains(member, " ") {
		return ""
	}
	for _, group := range groups {
		if code != "" && group.code != code {
			continue
		}
		if strings.Contains(" "+group.members+" ", " "+member+" ") {
			return group.code
		}
	}
	return ""
}

// GeoChildren lists the codes directly below c, in no particular order but a
// stable one.
func GeoChildren(c GeoCode) []GeoCode {
	var out []GeoCode
	if c == World {
		for _, group := range geoGroups() {
			out = append(out, group.code)
		}
		return out
	}
	for _, group := range geoGroups() {
		if group.code == c {
			for _, country := range strings.Fields(group.members) {
				out = append(out, GeoCode(country))
			}
		}
	}
	for _, country := range geoStates() {
		if country.code == c {
			for _, state := range strings.Fields(country.members) {
				out = append(out, c+"-"+GeoCode(state))
			}
		}
	}
	return out
}
