package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Every changed byte of trees up to this size is tried; of larger ones a few in each tile.
const small = 600

// sumdb names the height, and calls entries data.
func path(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

// The tiles of a folder, of which one may be read with other bytes.
type files struct {
	folder  string
	changed string
	bytes   []byte
	kept    map[string][]byte
}

func (f *files) Height() int                     { return 8 }
func (f *files) SaveTiles([]tlog.Tile, [][]byte) {}

func (f *files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		bytes, err := f.read(path(tile))
		if err != nil {
			return nil, err
		}
		all = append(all, bytes)
	}
	return all, nil
}

func (f *files) read(name string) ([]byte, error) {
	if name == f.changed {
		return f.bytes, nil
	}
	if bytes, ok := f.kept[name]; ok {
		return bytes, nil
	}
	bytes, err := os.ReadFile(filepath.Join(f.folder, name))
	f.kept[name] = bytes
	return bytes, err
}

// The tiles of a size are those that sumdb makes of the entries, each of them is proved
// by the checkpoint, and none is with a changed byte.
func (kit *kit) checkTiles(size int64) {
	tree := kit.tree(size)
	stored := store(size)
	root, err := tlog.TreeHash(size, stored)
	check(err, "root")
	if root != tree.Hash {
		fail(fmt.Sprint("another root of ", size))
	}
	for _, tile := range tlog.NewTiles(8, 0, size) {
		// sumdb also lists the partial tiles that a slower growth would have left behind.
		if whole := size>>uint(tile.L*tile.H) - tile.N<<uint(tile.H); tile.W < 256 && int64(tile.W) < whole {
			continue
		}
		kit.checkTile(tree, tile, stored)
		if tile.L == 0 {
			tile.L = -1
			kit.checkBundle(tree, tile)
		}
	}
	told.Rebuilt = append(told.Rebuilt, size)
}

func (kit *kit) checkTile(tree tlog.Tree, tile tlog.Tile, stored tlog.HashReader) {
	name := path(tile)
	good := read(filepath.Join(kit.folder, name))
	made, err := tlog.ReadTileData(tile, stored)
	check(err, name)
	if !bytes.Equal(good, made) {
		fail(name + " is another tile")
	}
	files := &files{folder: kit.folder, kept: map[string][]byte{}}
	check(prove(tree, tile, 0, files, good), name)
	check(proveBeside(tree, tile, 0, files), name)
	told.Accepted["tile"]++
	for _, at := range places(tree.N, tile, len(good)) {
		changed := append([]byte(nil), good...)
		changed[at] ^= 1 << (at % 8)
		files.changed, files.bytes = name, changed
		if prove(tree, tile, at/tlog.HashSize, files, changed) != nil {
			told.Refused["tile"]++
		} else if proveBeside(tree, tile, at/tlog.HashSize, files) != nil {
			told.Refused["tile by a proof"]++
		} else {
			tell(lax{name, at, 1 << (at % 8)})
		}
	}
}

// Has sumdb read one hash of a tile, which it authenticates by the root of the tree.
func prove(tree tlog.Tree, tile tlog.Tile, position int, files *files, data []byte) error {
	index := tlog.StoredHashIndex(tile.L*tile.H, tile.N<<uint(tile.H)+int64(position))
	hashes, err := tlog.TileHashReader(tree, files).ReadHashes([]int64{index})
	if err != nil {
		return err
	}
	at := position * tlog.HashSize
	if !bytes.Equal(hashes[0][:], data[at:at+tlog.HashSize]) {
		return errors.New("another hash")
	}
	return nil
}

// Has sumdb prove, from the same tiles, the first record of the subtree beside a hash: the
// hash is part of the proof.
//
// sumdb 0.7.0 compares a tile with its parent unless two of the subtrees that the root is made
// of stand in one tile: then it leaves out as many of the tiles that come next. Whoever uses it
// checks the proof that comes of the tiles, and so finds out; that is done here.
func proveBeside(tree tlog.Tree, tile tlog.Tile, position int, files *files) error {
	height := uint(tile.L * tile.H)
	beside := (tile.N<<uint(tile.H) + int64(position)) ^ 1
	if tree.N < (beside+1)<<height {
		return nil
	}
	index := beside << height
	proof, err := tlog.ProveRecord(tree.N, index, tlog.TileHashReader(tree, files))
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry(index)))
}

// A bundle holds the entries whose hashes stand in the tile beside it.
func (kit *kit) checkBundle(tree tlog.Tree, tile tlog.Tile) {
	name := path(tile)
	good := read(filepath.Join(kit.folder, name))
	tile.L = 0
	hashes := read(filepath.Join(kit.folder, path(tile)))
	files := &files{folder: kit.folder, kept: map[string][]byte{}}
	check(prove(tree, tile, 0, files, hashes), name)
	check(bundled(good, hashes), name)
	told.Accepted["bundle"]++
	for _, at := range places(tree.N, tile, len(good)) {
		changed := append([]byte(nil), good...)
		changed[at] ^= 1 << (at % 8)
		if bundled(changed, hashes) == nil {
			tell(lax{name, at, 1 << (at % 8)})
		} else {
			told.Refused["bundle"]++
		}
	}
}

func bundled(bundle, hashes []byte) error {
	for len(hashes) != 0 {
		if len(bundle) < 2 {
			return errors.New("too short")
		}
		length := int(binary.BigEndian.Uint16(bundle))
		if len(bundle)-2 < length {
			return errors.New("too short")
		}
		hash := tlog.RecordHash(bundle[2 : 2+length])
		if !bytes.Equal(hash[:], hashes[:tlog.HashSize]) {
			return errors.New("another entry")
		}
		bundle, hashes = bundle[2+length:], hashes[tlog.HashSize:]
	}
	if len(bundle) != 0 {
		return errors.New("too long")
	}
	return nil
}

// Which bytes of a tile are changed: of small trees all, else one in the first hash, one in the
// last and one between, another in each tile.
func places(size int64, tile tlog.Tile, length int) []int {
	var all []int
	if size <= small {
		for at := 0; at < length; at++ {
			all = append(all, at)
		}
		return all
	}
	return []int{0, int(tile.N*7919) % length, length - 1}
}

// What sumdb stores of a log of so many entries.
func store(size int64) tlog.HashReader {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for index := int64(0); index < size; index++ {
		hashes, err := tlog.StoredHashes(index, entry(index), reader)
		check(err, "entries")
		stored = append(stored, hashes...)
	}
	return reader
}
