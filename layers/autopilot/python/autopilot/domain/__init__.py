"""The nouns of the product and their algebra: pure, so that each rule can be tried at will."""
