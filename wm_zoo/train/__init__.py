"""Trainers: each one is a loop body (`update`) with a state that can be saved, so that any run can be killed."""
