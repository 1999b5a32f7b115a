"""When an answer is due, and why: working time, periods, terms, and the account of each span."""
