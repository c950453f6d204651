package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// replicas is on how many NATS servers a bucket is kept, where there are as
// many.
const replicas = 3

// creations is how often that is tried when a bucket is made, and creationPause
// the pause in between.
const (
	creations     = 3
	creationPause = 300 * time.Millisecond
)

// The error codes of JetStream that say that a bucket cannot have that many.
// The client has no names for them.
const (
	codeNoPeers      jetstream.ErrorCode = 10005 // too few servers are there
	codeNoResources  jetstream.ErrorCode = 10023 // older servers say that instead
	codeNotClustered jetstream.ErrorCode = 10074
)

// bucketConfig describes a bucket. What the NATS server in the process keeps
// goes with the process; elsewhere it outlives the servers' restarts.
func (n *Node) bucketConfig(name string) jetstream.KeyValueConfig {
	c := jetstream.KeyValueConfig{Bucket: name, Storage: jetstream.FileStorage, Replicas: replicas}
	if n.server != nil {
		c.Storage, c.Replicas = jetstream.MemoryStorage, 1
	}
	switch name {
	case nodesBucket:
		c.Description = "the nodes of Papilio that are alive"
	case shardsBucket:
		c.Description = "which node owns which shard of the accounts"
	case secretBucket:
		c.Description = "keys that sign cookies"
	}
	return c
}

// bucket opens a key-value bucket, making it if it is not there.
func (n *Node) bucket(ctx context.Context, name string) (jetstream.KeyValue, error) {
	if n.records.IsClosed() {
		return nil, ErrClosed
	}
	js, err := jetstream.New(n.records)
	if err != nil {
		return nil, err
	}
	bucket, err := js.KeyValue(ctx, name)
	if !errors.Is(err, jetstream.ErrBucketNotFound) {
		return bucket, err
	}
	bucket, err = create(ctx, js, n.bucketConfig(name))
	if errors.Is(err, jetstream.ErrBucketExists) { // somebody else was faster
		return js.KeyValue(ctx, name)
	}
	return bucket, err
}

// asksForLeader asks for what the leader of NATS alone answers.
func (n *Node) asksForLeader(ctx context.Context) error {
	js, err := jetstream.New(n.records)
	if err != nil {
		return err
	}
	_, err = js.AccountInfo(ctx)
	return err
}

// create makes a bucket on as many servers as it should be on, or on one where
// there are too few. Servers that have just started, or are busy, may seem too
// few to each other; so they are asked again before that is believed.
func create(ctx context.Context, js jetstream.JetStream, config jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	for range creations {
		bucket, err := js.CreateKeyValue(ctx, config)
		if !tooFewServers(err) {
			return bucket, err
		}
		if errorCode(err) == codeNotClustered {
			break
		}
		select {
		case <-time.After(creationPause):
		case <-ctx.Done():
			return nil, err
		}
	}
	config.Replicas = 1
	return js.CreateKeyValue(ctx, config)
}

func tooFewServers(err error) bool {
	return slices.Contains([]jetstream.ErrorCode{codeNoPeers, codeNoResources, codeNotClustered}, errorCode(err))
}

// errorCode is what JetStream calls an error, 0 if it is not one of its own.
func errorCode(err error) jetstream.ErrorCode {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		return api.ErrorCode
	}
	return 0
}

// raise puts a bucket that was made when there were too few servers on as many
// as it should have. It reports whether it did.
func (n *Node) raise(ctx context.Context, name string) (bool, error) {
	js, err := jetstream.New(n.records)
	if err != nil {
		return false, err
	}
	stream, err := js.Stream(ctx, "KV_"+name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	config := stream.CachedInfo().Config
	if config.Replicas >= replicas {
		return false, nil
	}
	config.Replicas = replicas
	if _, err = js.UpdateStream(ctx, config); err != nil {
		if tooFewServers(err) {
			return false, nil
		}
		return false, fmt.Errorf("keep the bucket %s on %d servers: %w", name, replicas, err)
	}
	return true, nil
}

// era tells one life of a bucket from the next, which it has when the servers
// lost what they had, and up to which revision it has got.
func era(ctx context.Context, bucket jetstream.KeyValue) (era, last uint64, err error) {
	status, err := bucket.Status(ctx)
	if err != nil {
		return 0, 0, err
	}
	s, ok := status.(*jetstream.KeyValueBucketStatus)
	if !ok {
		return 0, 0, errors.New("the bucket does not tell when it was made")
	}
	info := s.StreamInfo()
	return uint64(info.Created.UnixNano()), info.State.LastSeq, nil
}
