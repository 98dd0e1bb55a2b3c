"""The Recycle Bin: what its retention rules cover, and what the guard does to make them what the configuration says."""
