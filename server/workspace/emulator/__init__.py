"""A Google console that runs here: the same REST paths, as strict and as moody as we know the real one to be."""
