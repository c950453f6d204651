package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	secretBucket = "papilio-secrets"
	// SecretSize is the length of a secret, in octets.
	SecretSize = 32
)

// Secret gives the secret of a name: random octets that every node of the
// service gets the same, made by whichever asks first. It lives as long as
// the memory of the NATS servers does, and is meant to be asked for once, at
// the start. A name is made of letters, digits, - and _.
func (n *Node) Secret(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	bucket, err := n.bucket(ctx, jetstream.KeyValueConfig{
		Bucket:      secretBucket,
		Description: "keys that sign cookies",
		Storage:     jetstream.MemoryStorage,
	})
	if err != nil {
		return nil, fmt.Errorf("cluster: open the bucket of secrets: %w", err)
	}
	secret, err := getOrCreate(ctx, bucket, name)
	if err != nil {
		return nil, fmt.Errorf("cluster: secret %s: %w", name, err)
	}
	return secret, nil
}

// bucket opens a key-value bucket, making it if it is not there.
func (n *Node) bucket(ctx context.Context, c jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	if n.bus.IsClosed() {
		return nil, ErrClosed
	}
	js, err := jetstream.New(n.bus)
	if err != nil {
		return nil, err
	}
	bucket, err := js.KeyValue(ctx, c.Bucket)
	if !errors.Is(err, jetstream.ErrBucketNotFound) {
		return bucket, err
	}
	bucket, err = js.CreateKeyValue(ctx, c)
	if errors.Is(err, jetstream.ErrBucketExists) { // somebody else was faster
		return js.KeyValue(ctx, c.Bucket)
	}
	return bucket, err
}

// getOrCreate reads a secret. Of several nodes that find none, the bucket lets
// one create it; the others read what that one wrote.
func getOrCreate(ctx context.Context, bucket jetstream.KeyValue, name string) ([]byte, error) {
	secret, err := read(ctx, bucket, name)
	if !errors.Is(err, jetstream.ErrKeyNotFound) {
		return secret, err
	}
	secret = make([]byte, SecretSize)
	_, _ = rand.Read(secret) // never fails
	_, err = bucket.Create(ctx, name, secret)
	if errors.Is(err, jetstream.ErrKeyExists) {
		return read(ctx, bucket, name)
	}
	if err != nil {
		return nil, err
	}
	return secret, nil
}

func read(ctx context.Context, bucket jetstream.KeyValue, name string) ([]byte, error) {
	entry, err := bucket.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(entry.Value()) != SecretSize {
		return nil, fmt.Errorf("it has %d octets instead of %d", len(entry.Value()), SecretSize)
	}
	return entry.Value(), nil
}
