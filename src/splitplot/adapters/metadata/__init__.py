"""The metadata database: accounts, flags, experiments and people, in SQLite or PostgreSQL."""
