"""The beliefs, one module for each part of AWS. A belief's name is its function's."""
