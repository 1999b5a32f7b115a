"""The whole city on one machine: a real broker, a real database and the five services as processes.

Owns starting, watching and stopping them; knows nothing of what an inquiry is. Read `stack` first:

- its parts: `broker`, `database`, `collector`, `tracing`; each is a child process: `processes`,
  `supervised` (started again), `tied` (ends with us);
- what a person says, and is told: `settings`, `ports`, `chosen_city`, `claim`, `console`;
- who may do what: `keys`, `secret_file`, `authority` (certificates);
- what this machine keeps for every checkout: `cache`, `built`;
- a database that is lost and set back: `backup`, `by_hand` (the services' own commands).
"""
