"""What a partner's developer is given: commands, snippets, examples, the sandbox and the check."""
