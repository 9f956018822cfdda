"""What must hold before a region is left."""
