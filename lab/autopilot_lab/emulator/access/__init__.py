"""Who may do what: IAM's policy language, its evaluation logic, and the rights of each caller."""
