"""Acme's models for WM Suite. The zoo reads registry.toml beside this file; nothing is imported before it is used."""
