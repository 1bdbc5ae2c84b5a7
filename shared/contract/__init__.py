"""The contract with partners: what is public, as an AsyncAPI document, JSON Schemas and a catalogue to read.

Everything here follows from the event classes as they are recorded (`shared/schemas/`) and from
`changes.jsonl`.
"""
