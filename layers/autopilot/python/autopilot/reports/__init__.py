"""Reports of drills and incidents: one model, and its forms HTML, Markdown and JSON."""
