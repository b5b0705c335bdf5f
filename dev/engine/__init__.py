"""
A stand-in for the engine of Logic Apps and Power Automate: runs workflow definitions on this
machine by the documented rules, so far as our shipped workflows use them. Never deployed.

Where the documentation is silent it takes the stricter reading, and it refuses what it does not
know, by name.
"""
