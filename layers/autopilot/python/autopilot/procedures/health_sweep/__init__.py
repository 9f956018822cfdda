"""The health sweep: reads facts, lets small pure checks judge them, adds up a score, tells people.

`looking` reads and judges, `recording` writes down and pages, `review` compares weeks; `checks`
holds one module for each kind of fact. docs/health-sweep.md lists every check.
"""
