"""Unusual but right: implementations that must never be refuted."""
