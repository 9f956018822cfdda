// Checks a trail with the reference implementation of the C2SP formats: the packages note and tlog
// of golang.org/x/mod, which the Go command itself verifies the Go checksum database with.
//
//	go run . log FOLDER KEY      every tile, bundle and the checkpoint, read through tlog.TileHashReader
//	go run . proof FILE KEY      a c2sp.org/tlog-proof@v1 of a manifest
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("expected: log FOLDER KEY, or proof FILE KEY"))
	}
	key, err := os.ReadFile(os.Args[3])
	fail(err)
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	fail(err)
	switch os.Args[1] {
	case "log":
		checkLog(os.Args[2], verifier)
	case "proof":
		checkProof(os.Args[2], verifier)
	default:
		fail(fmt.Errorf("expected log or proof, got %q", os.Args[1]))
	}
}

// open verifies the signature of a checkpoint and returns the tree it speaks of.
func open(signed []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	fail(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		fail(fmt.Errorf("expected origin, size and root, got %q", opened.Text))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	fail(err)
	root, err := tlog.ParseHash(lines[2])
	fail(err)
	return tlog.Tree{N: size, Hash: root}
}

// folder reads tiles as tlog asks for them. Its paths name the tile's height and say "data"; those
// of C2SP tlog-tiles do not and say "entries".
type folder struct{ root string }

func (f folder) Height() int                             { return tileHeight }
func (f folder) SaveTiles(tiles []tlog.Tile, _ [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	bodies := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		body, err := os.ReadFile(filepath.Join(f.root, path))
		if err != nil {
			return nil, err
		}
		bodies[i] = body
	}
	return bodies, nil
}

func checkLog(root string, verifier note.Verifier) {
	signed, err := os.ReadFile(filepath.Join(root, "checkpoint"))
	fail(err)
	tree := open(signed, verifier)
	reader := tlog.TileHashReader(tree, folder{root})
	leaf := int64(0)
	for start := int64(0); start < tree.N; start += 1 << tileHeight {
		for _, manifest := range bundle(root, start, tree.N) {
			proof, err := tlog.ProveRecord(tree.N, leaf, reader)
			fail(err)
			fail(tlog.CheckRecord(proof, tree.N, tree.Hash, leaf, tlog.RecordHash(manifest)))
			leaf++
		}
	}
	if leaf != tree.N {
		fail(fmt.Errorf("expected %d manifests, got %d", tree.N, leaf))
	}
	for old := int64(1); old < tree.N; old = old*2 + 1 {
		oldRoot, err := tlog.TreeHash(old, reader)
		fail(err)
		proof, err := tlog.ProveTree(tree.N, old, reader)
		fail(err)
		fail(tlog.CheckTree(proof, tree.N, tree.Hash, old, oldRoot))
	}
	fmt.Printf("accepted: checkpoint, tiles and %d manifests of %s\n", leaf, verifier.Name())
}

// bundle reads an entry bundle: each leaf behind its length in 16 bits, big-endian.
func bundle(root string, start, size int64) [][]byte {
	width := min(size-start, 1<<tileHeight)
	tile := tlog.Tile{H: tileHeight, L: 0, N: start >> tileHeight, W: int(width)}
	path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	body, err := os.ReadFile(filepath.Join(root, path))
	fail(err)
	var leaves [][]byte
	for len(body) > 0 {
		length := int(binary.BigEndian.Uint16(body))
		leaves = append(leaves, body[2:2+length])
		body = body[2+length:]
	}
	return leaves
}

func checkProof(path string, verifier note.Verifier) {
	text, err := os.ReadFile(path)
	fail(err)
	head, signed, _ := strings.Cut(string(text), "\n\n")
	tree := open([]byte(signed), verifier)
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		fail(fmt.Errorf("expected a tlog-proof, got %q", lines[0]))
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	fail(err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		fail(err)
		proof = append(proof, hash)
	}
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	fail(err)
	var ours struct{ Manifest string }
	fail(json.Unmarshal(extra, &ours))
	leaf := tlog.RecordHash([]byte(ours.Manifest))
	fail(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf))
	fmt.Printf("accepted: manifest %d of %d in %s\n", index, tree.N, verifier.Name())
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}
