"""The simulated service: clients, DNS, regional routers and routes, in ticks of one second.

It knows no AWS. Routers read their allocation and publish their metrics through callables, so
the same world runs under the automation, without it, and alone.
"""
