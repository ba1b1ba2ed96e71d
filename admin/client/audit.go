package client

import (
	"context"
	"net/url"
	"strconv"

	"meridian/admin/api"
)

// Audit lists entries of the node's audit log behind the one numbered after; 0:
// the newest. limit 0 is the server's default.
func (c *Client) Audit(ctx context.Context, after uint64, limit int) (out api.Audit, err error) {
	query := url.Values{}
	if after != 0 {
		query.Set("after", strconv.FormatUint(after, 10))
	}
	setLimit(query, limit)
	err = c.get(ctx, "/v1/audit", query, &out)
	return out, err
}
