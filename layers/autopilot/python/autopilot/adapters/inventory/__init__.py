"""The one reader of the account's inventory: each module asks one kind of service."""
