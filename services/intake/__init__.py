"""Intake: takes what citizens ask, gives the receipt, and keeps the words and the contact.

Nobody else stores personal data of an inquiry; others ask for it by gRPC and say why.
"""
