"""An attack on the release gate, over whole rounds that are made up at random."""
