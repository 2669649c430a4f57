"""Who may reach the servers, what the pages may load, and how much a request may hold."""
