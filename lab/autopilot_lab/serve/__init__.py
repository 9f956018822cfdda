"""The embedded AWS over HTTP on loopback, for the AWS CLI, boto3 and any other client.

Threads read requests and write answers; everything between happens in the scheduler's thread, in
one task for each request, on the same call path that clients inside the lab use.
"""
