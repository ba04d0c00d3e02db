"""What the reader and the query adapter learn from, and how."""
