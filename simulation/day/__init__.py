"""A day of a city with every office connected by gRPC alone: permits, every command of the contract
for offices, and delegations that are granted, suspended and recalled while it runs.
"""
