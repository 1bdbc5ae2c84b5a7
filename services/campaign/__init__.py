"""Campaign: themes, posts, stories and their feeds."""
