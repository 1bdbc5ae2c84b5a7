"""The demonstration: a made-up Lapland and the mapping files of real surveys."""
