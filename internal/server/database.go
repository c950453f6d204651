package server

import (
	"context"
	"errors"
	"fmt"
)

// errOtherDatabase says that the accounts of one service would be in two places.
var errOtherDatabase = errors.New("every notification server needs the same storage.url: correct it here or there, and stop those that have the wrong one first")

// database gives the id of this node's database, "" if it has none.
func (s *Server) database(ctx context.Context) (string, error) {
	if s.db == nil {
		return "", nil
	}
	return s.db.ID(ctx)
}

// sameDatabase refuses to serve among nodes whose accounts are in another
// database: people would have one password and one list here and others there,
// as their shards go from node to node. A node that is refused leaves at once, so
// that its record is in nobody's way when it is started again.
func (s *Server) sameDatabase(ctx context.Context, database string) error {
	for _, m := range s.Members() {
		if database == "" || m.Database == "" || m.Database == database {
			continue
		}
		err := fmt.Errorf("node %s has its accounts in another database than this one (%s): %w", m.Node, s.db.Place(), errOtherDatabase)
		return errors.Join(err, s.node.Leave(ctx))
	}
	return nil
}
