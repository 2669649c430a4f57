"""Who may reach the pages, and what they may load."""
