//go:build linux

package main

import (
	"fmt"
	"math"
	"net/netip"
)

// site is a region that performance routing chooses among. The coordinates are
// those of the city the cloud provider names for the region.
type site struct {
	label, location string
	lat, lon        float64
}

func sites() []site {
	return []site{
		{"westus2", "West US 2", 47.2, -119.9},
		{"eastus", "East US", 37.4, -79.4},
		{"centralus", "Central US", 41.6, -93.6},
		{"southcentralus", "South Central US", 29.4, -98.5},
		{"canadacentral", "Canada Central", 43.7, -79.4},
		{"brazilsouth", "Brazil South", -23.6, -46.6},
		{"northeurope", "North Europe", 53.3, -6.3},
		{"westeurope", "West Europe", 52.4, 4.9},
		{"uksouth", "UK South", 50.9, -0.8},
		{"francecentral", "France Central", 46.4, 2.4},
		{"germanywestcentral", "Germany West Central", 50.1, 8.7},
		{"swedencentral", "Sweden Central", 60.7, 17.1},
		{"uaenorth", "UAE North", 25.3, 55.3},
		{"southafricanorth", "South Africa North", -25.7, 28.2},
		{"centralindia", "Central India", 18.6, 73.9},
		{"southeastasia", "Southeast Asia", 1.3, 103.8},
		{"eastasia", "East Asia", 22.3, 114.2},
		{"japaneast", "Japan East", 35.7, 139.8},
		{"koreacentral", "Korea Central", 37.6, 127.0},
		{"australiaeast", "Australia East", -33.9, 151.2},
	}
}

// siteAddr is the address that stands for the i-th site.
func siteAddr(i int) netip.Addr { return netip.AddrFrom4([4]byte{198, 19, 0, byte(i + 1)}) }

func siteAddrs(n int) []netip.Addr {
	out := make([]netip.Addr, n)
	for i := range out {
		out[i] = siteAddr(i)
	}
	return out
}

// country is where a network of the synthetic database lies.
type country struct {
	code, continent string
	lat, lon        float64
}

func countries() []country {
	return []country{
		{"US", "NA", 39.8, -98.6},
		{"CA", "NA", 56.1, -106.3},
		{"MX", "NA", 23.6, -102.6},
		{"GT", "NA", 15.8, -90.2},
		{"BR", "SA", -14.2, -51.9},
		{"AR", "SA", -38.4, -63.6},
		{"CL", "SA", -35.7, -71.5},
		{"CO", "SA", 4.6, -74.3},
		{"PE", "SA", -9.2, -75.0},
		{"GB", "EU", 55.4, -3.4},
		{"IE", "EU", 53.4, -8.2},
		{"FR", "EU", 46.2, 2.2},
		{"DE", "EU", 51.2, 10.5},
		{"NL", "EU", 52.1, 5.3},
		{"BE", "EU", 50.5, 4.5},
		{"ES", "EU", 40.5, -3.7},
		{"PT", "EU", 39.4, -8.2},
		{"IT", "EU", 41.9, 12.6},
		{"CH", "EU", 46.8, 8.2},
		{"AT", "EU", 47.5, 14.6},
		{"PL", "EU", 51.9, 19.1},
		{"CZ", "EU", 49.8, 15.5},
		{"SE", "EU", 60.1, 18.6},
		{"NO", "EU", 60.5, 8.5},
		{"FI", "EU", 61.9, 25.7},
		{"DK", "EU", 56.3, 9.5},
		{"GR", "EU", 39.1, 21.8},
		{"RO", "EU", 45.9, 25.0},
		{"UA", "EU", 48.4, 31.2},
		{"TR", "AS", 39.0, 35.2},
		{"IL", "AS", 31.0, 34.9},
		{"SA", "AS", 23.9, 45.1},
		{"AE", "AS", 23.4, 53.8},
		{"IN", "AS", 20.6, 79.0},
		{"PK", "AS", 30.4, 69.3},
		{"BD", "AS", 23.7, 90.4},
		{"TH", "AS", 15.9, 101.0},
		{"VN", "AS", 14.1, 108.3},
		{"SG", "AS", 1.4, 103.8},
		{"MY", "AS", 4.2, 102.0},
		{"ID", "AS", -0.8, 113.9},
		{"PH", "AS", 12.9, 121.8},
		{"CN", "AS", 35.9, 104.2},
		{"HK", "AS", 22.4, 114.1},
		{"TW", "AS", 23.7, 121.0},
		{"JP", "AS", 36.2, 138.3},
		{"KR", "AS", 35.9, 127.8},
		{"KZ", "AS", 48.0, 66.9},
		{"EG", "AF", 26.8, 30.8},
		{"MA", "AF", 31.8, -7.1},
		{"NG", "AF", 9.1, 8.7},
		{"KE", "AF", 0.0, 37.9},
		{"ZA", "AF", -30.6, 22.9},
		{"GH", "AF", 7.9, -1.0},
		{"AU", "OC", -25.3, 133.8},
		{"NZ", "OC", -40.9, 174.9},
	}
}

// nearest returns the index of the site nearest to a country.
func nearest(c country) int {
	best, least := 0, math.Inf(1)
	for i, s := range sites() {
		if d := distance(c.lat, c.lon, s.lat, s.lon); d < least {
			best, least = i, d
		}
	}
	return best
}

// distance is the central angle between two places in radians (haversine).
func distance(lat1, lon1, lat2, lon2 float64) float64 {
	const degree = math.Pi / 180
	a, b := math.Sin((lat2-lat1)*degree/2), math.Sin((lon2-lon1)*degree/2)
	return 2 * math.Asin(math.Sqrt(a*a+math.Cos(lat1*degree)*math.Cos(lat2*degree)*b*b))
}

// staticNames is how many address records the zone has.
const staticNames = 1000

func staticName(i int) string { return fmt.Sprintf("h%04d", i) }

func staticAddr(i int) netip.Addr { return netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}) }
