"""Pages for people: layout, languages, forms, charts, sign-in."""
