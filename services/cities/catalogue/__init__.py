"""What a city is made of and answers for: offices, services, delegations, and the words by
which a service is found.
"""
