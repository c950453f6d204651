// Package fleet runs a whole service as processes on the loopback address: NATS
// servers, PostgreSQL and nodes of Papilio, each of which can be killed, frozen,
// stopped and started again where it was. The tests of faults and the
// measurements stand on it.
//
//	f, err := fleet.New(ctx, fleet.Options{Dir: dir, Log: log})
//	defer f.Close()
//	f.StartNATS(ctx, 3)
//	f.StartPostgres(ctx)
//	ds, err := f.StartNode(ctx, fleet.NodeOptions{Name: "ds1", Roles: []config.Role{config.RoleDispatch}})
//	err = ds.Kill() // -9
//	err = ds.Start(ctx)
//
// Without NATS a node has a bus of its own, and without PostgreSQL a database of
// its own.
//
// It only ever signals processes that it has started, and they end with it: if
// the program is killed the system kills them. What they have logged stays in
// the folder "log" of Options.Dir. It needs the go command, unless the binaries
// are given, and Linux for what it tells about a process.
package fleet
