package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The folder, the two keys that its notes must carry signatures of, and what was
// believed of it.
type kit struct {
	folder string
	origin string
	known  note.Verifiers
	sizes  []int64
	// What was made of each note, so that a note is verified once.
	opened map[string]opened
}

type opened struct {
	tree tlog.Tree
	err  error
}

func openKit(folder string) *kit {
	log, err := note.NewVerifier(line(folder, "log.vkey"))
	check(err, "log.vkey")
	witness, err := newCosigner(line(folder, "witness.vkey"))
	check(err, "witness.vkey")
	kit := &kit{
		folder: folder,
		origin: log.Name(),
		known:  note.VerifierList(log, witness),
		opened: map[string]opened{},
	}
	names, err := os.ReadDir(filepath.Join(folder, "checkpoints"))
	check(err, "checkpoints")
	for _, name := range names {
		size, err := strconv.ParseInt(name.Name(), 10, 64)
		check(err, name.Name())
		kit.sizes = append(kit.sizes, size)
	}
	sort.Slice(kit.sizes, func(i, j int) bool { return kit.sizes[i] < kit.sizes[j] })
	return kit
}

func line(folder, name string) string {
	return strings.TrimSuffix(string(read(filepath.Join(folder, name))), "\n")
}

// The tree that a note states, once log and witness are found to have signed it.
func (kit *kit) open(text []byte) (tlog.Tree, error) {
	if known, ok := kit.opened[string(text)]; ok {
		return known.tree, known.err
	}
	tree, err := kit.openAnew(text)
	kit.opened[string(text)] = opened{tree, err}
	return tree, err
}

func (kit *kit) openAnew(text []byte) (tlog.Tree, error) {
	note, err := note.Open(text, kit.known)
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(note.Sigs) != 2 {
		return tlog.Tree{}, errors.New("log and witness are to sign")
	}
	// sumdb's checkpoint has a first line of its own in place of the origin.
	rest := strings.TrimPrefix(note.Text, kit.origin+"\n")
	if rest == note.Text || strings.Count(rest, "\n") != 2 {
		return tlog.Tree{}, errors.New("not the origin, a size and a root")
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

// The tree of one of the folder's checkpoints.
func (kit *kit) tree(size int64) tlog.Tree {
	tree, err := kit.open(read(filepath.Join(kit.folder, "checkpoints", fmt.Sprint(size))))
	check(err, fmt.Sprint("checkpoint ", size))
	return tree
}

func (kit *kit) checkpoint(name string, text []byte) error {
	tree, err := kit.open(text)
	if err == nil && fmt.Sprint(tree.N) != filepath.Base(name) {
		return errors.New("another size")
	}
	return err
}

// A tlog-proof of an entry that is known.
func (kit *kit) proof(name string, text []byte) error {
	index, size := numbers(name)
	return kit.included(text, index, size, func(extra []byte) ([]byte, error) {
		if extra != nil {
			return nil, errors.New("extra data")
		}
		return entry(index), nil
	})
}

// A tlog-proof that brings its entry along, as the receipts of the registry do.
func (kit *kit) receipt(name string, text []byte) error {
	index, size := numbers(name)
	return kit.included(text, index, size, func(extra []byte) ([]byte, error) {
		if extra == nil {
			return nil, errors.New("no extra data")
		}
		return extra, nil
	})
}

func (kit *kit) included(
	text []byte, index, size int64, entryOf func(extra []byte) ([]byte, error),
) error {
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		return errors.New("no empty line")
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	lines = lines[1:]
	var extra []byte
	if len(lines) != 0 && strings.HasPrefix(lines[0], "extra ") {
		var err error
		extra, err = base64.StdEncoding.Strict().DecodeString(lines[0][len("extra "):])
		if err != nil {
			return err
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || lines[0] != fmt.Sprint("index ", index) {
		return errors.New("another index")
	}
	hashes, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	tree, err := kit.open(checkpoint)
	if err != nil {
		return err
	}
	if tree.N != size {
		return errors.New("another size")
	}
	entry, err := entryOf(extra)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func (kit *kit) consistency(name string, text []byte) error {
	oldSize, newSize := numbers(name)
	if len(text) != 0 && text[len(text)-1] != '\n' {
		return errors.New("the last line does not end")
	}
	var lines []string
	if len(text) != 0 {
		lines = strings.Split(string(text[:len(text)-1]), "\n")
	}
	hashes, err := parseHashes(lines)
	if err != nil {
		return err
	}
	old, new := kit.tree(oldSize), kit.tree(newSize)
	return tlog.CheckTree(tlog.TreeProof(hashes), new.N, new.Hash, old.N, old.Hash)
}

func parseHashes(lines []string) (tlog.RecordProof, error) {
	var hashes tlog.RecordProof
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

// Entry 0 is empty, entry i is "record i".
func entry(index int64) []byte {
	if index == 0 {
		return nil
	}
	return []byte(fmt.Sprint("record ", index))
}

// A witness's key (type 04), which sumdb does not know, as C2SP tlog-cosignature has it;
// what finds its line, and drops what it does not verify, is sumdb's.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not name, hash and key")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, errors.New("not a witness's key")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		return nil, errors.New("the hash is another key's")
	}
	return &cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), key[1:]}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}
