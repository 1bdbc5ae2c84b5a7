"""Power cuts: what a broker, a database and three nodes had promised is read from the disk afterwards."""
