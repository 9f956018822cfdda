"""One port each, answered by one AWS service. `clients` builds every client."""
