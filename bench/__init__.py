"""The measurements of `make bench`: one small module a row, every row a ratio taken side by side."""
