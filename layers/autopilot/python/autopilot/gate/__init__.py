"""Permission, effect and evidence in one conditional write. The only maker of permits."""
