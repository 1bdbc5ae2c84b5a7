"""Coaching: client organisations, visits, the practice library, playbooks, actions, outcomes."""
