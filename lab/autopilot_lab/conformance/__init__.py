"""Every AWS behaviour that this project builds on, as one assertion with its source."""
