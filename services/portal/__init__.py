"""Accounts, who acts for which company, sign-in, tokens, and the page for people."""
