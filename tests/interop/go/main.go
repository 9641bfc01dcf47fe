// Reads a folder of checkpoints, tiles and proofs (tests/src/kit.rs) with Go's own
// transparency log, golang.org/x/mod/sumdb, and tells in JSON, one value on a line, how
// many of each kind it accepted, how many changed copies it refused, and every changed
// copy that it accepted all the same.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run tests/interop/go/*.go FOLDER
//
// What is not refused and should be, or refused and should not, ends it with status 1.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// What is told at the end.
type summary struct {
	// Files accepted, by kind.
	Accepted map[string]int `json:"accepted"`
	// Changed copies refused, by kind.
	Refused map[string]int `json:"refused"`
	// Sizes whose tiles were all made again from the entries alone.
	Rebuilt []int64 `json:"rebuilt"`
}

// A changed copy that was accepted.
type lax struct {
	File string `json:"lax"`
	At   int    `json:"at"`
	Mask byte   `json:"mask"`
}

var told = summary{Accepted: map[string]int{}, Refused: map[string]int{}}

func main() {
	if len(os.Args) != 2 {
		fail("usage: FOLDER")
	}
	kit := openKit(os.Args[1])
	for _, size := range kit.sizes {
		kit.checkTiles(size)
	}
	kit.each("checkpoints/*", "checkpoint", kit.checkpoint)
	kit.each("proofs/*.tlog-proof", "proof", kit.proof)
	kit.each("proofs/*.receipt", "receipt", kit.receipt)
	kit.each("proofs/*.consistency", "consistency", kit.consistency)
	tell(told)
}

// Accepts each file of a pattern, and refuses it with any one bit changed.
func (kit *kit) each(pattern, kind string, accept func(name string, text []byte) error) {
	names, err := filepath.Glob(filepath.Join(kit.folder, pattern))
	check(err, pattern)
	sort.Strings(names)
	for _, path := range names {
		name, err := filepath.Rel(kit.folder, path)
		check(err, path)
		good := read(path)
		check(accept(name, good), name)
		told.Accepted[kind]++
		for at := range good {
			for bit := 0; bit < 8; bit++ {
				changed := append([]byte(nil), good...)
				changed[at] ^= 1 << bit
				if accept(name, changed) != nil {
					told.Refused[kind]++
				} else {
					tell(lax{name, at, 1 << bit})
				}
			}
		}
	}
}

// The numbers in a name such as proofs/3-600.consistency.
func numbers(name string) (int64, int64) {
	stem := strings.SplitN(filepath.Base(name), ".", 2)[0]
	parts := strings.Split(stem, "-")
	if len(parts) != 2 {
		fail("not a name of two numbers: " + name)
	}
	first, err := strconv.ParseInt(parts[0], 10, 64)
	check(err, name)
	second, err := strconv.ParseInt(parts[1], 10, 64)
	check(err, name)
	return first, second
}

func read(path string) []byte {
	bytes, err := os.ReadFile(path)
	check(err, path)
	return bytes
}

func tell(value interface{}) {
	line, err := json.Marshal(value)
	check(err, "JSON")
	fmt.Println(string(line))
}

func check(err error, what string) {
	if err != nil {
		fail(what + ": " + err.Error())
	}
}

func fail(what string) {
	fmt.Fprintln(os.Stderr, what)
	os.Exit(1)
}
