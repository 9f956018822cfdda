"""The trail: entries, segments, the Merkle log over them, its verification and its proofs."""
