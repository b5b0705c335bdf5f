"""
The developer command, `python3 dev …`, and the local system it runs.

Never deployed, and never imported by `shared/` or `function_app.py`.
"""
