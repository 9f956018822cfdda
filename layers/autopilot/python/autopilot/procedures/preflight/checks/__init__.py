"""What is asked of a move, kind by kind. Pure: facts in, an answer out."""
