"""audit_archive: moves what is sealed into locked packs, lets go of what has ended, reports."""
