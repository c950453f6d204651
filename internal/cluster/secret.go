package cluster

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	secretBucket = "papilio-secrets"
	// SecretSize is the length of a secret, in octets.
	SecretSize = 32
	// secretPause is the pause between two attempts to get one.
	secretPause = 100 * time.Millisecond
)

// Secret gives the secret of a name: random octets that every node of the
// service gets the same, made by whichever asks first. It lives as long as a
// NATS server or a node does that knows it, and is meant to be asked for once,
// at the start. A name is made of letters, digits, - and _.
func (n *Node) Secret(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, firstViewWithin)
	defer cancel()
	secret, err := n.secret(ctx, name)
	// NATS servers that are choosing who leads do not answer, or nobody answers for
	// JetStream yet.
	for ctx.Err() == nil && notYet(err) {
		select {
		case <-time.After(secretPause):
		case <-ctx.Done():
		}
		secret, err = n.secret(ctx, name)
	}
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.secrets == nil {
		n.secrets = make(map[string][]byte)
	}
	n.secrets[name] = secret
	return secret, nil
}

// notYet reports whether NATS servers may answer a little later.
func notYet(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrNoResponders) ||
		errors.Is(err, jetstream.ErrNoStreamResponse)
}

// secret tries once to get a secret.
func (n *Node) secret(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, natsPatience)
	defer cancel()
	bucket, err := n.bucket(ctx, secretBucket)
	if err != nil {
		return nil, fmt.Errorf("open the bucket of secrets: %w", err)
	}
	secret, err := getOrCreate(ctx, bucket, name)
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return secret, nil
}

// restoreSecrets puts the secrets that this node goes by back where NATS has
// lost them, before another node makes new ones.
func (k *keeper) restoreSecrets() {
	k.node.mu.Lock()
	secrets := maps.Clone(k.node.secrets)
	k.node.mu.Unlock()
	if len(secrets) == 0 {
		return
	}
	k.workers.Go(func() {
		ctx, cancel := context.WithTimeout(k.node.life, DefaultTimeout)
		defer cancel()
		bucket, err := k.node.bucket(ctx, secretBucket)
		for name, secret := range secrets {
			if err == nil {
				_, err = bucket.Create(ctx, name, secret)
			}
			if errors.Is(err, jetstream.ErrKeyExists) {
				err = nil
				if there, readErr := read(ctx, bucket, name); readErr == nil && !bytes.Equal(there, secret) {
					k.log.ErrorContext(ctx, "another node signs with another secret since NATS lost them: restart this one", "secret", name)
				}
			}
		}
		if err != nil && ctx.Err() == nil {
			k.log.WarnContext(ctx, "could not put the secrets back that NATS has lost", "err", err)
		}
	})
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
