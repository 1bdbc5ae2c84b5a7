"""Made-up worlds with known truth, in which the product's own judging is watched over many looks."""
