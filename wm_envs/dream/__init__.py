"""Dreams: Gymnasium environments whose step is a world model's prior step (see docs/dreams.md)."""
