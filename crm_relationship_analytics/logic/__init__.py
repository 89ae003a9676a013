"""Formulas of what customers cost and will bring: plain Python, no Odoo."""
